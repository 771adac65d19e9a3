"""What the worker looks for every second: mails, archives, files to delete, rows of the audit to seal, late events."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from auth_project.accounts.files import delete_stale
from auth_project.accounts.letters import compose
from auth_project.audit.chain import seal
from auth_project.events.outbox import bring_forward
from auth_project.mail.post import deliver_due
from auth_project.worker.exports import make_due

EVERY_SECONDS = 1.0
PAUSE_AFTER_FAULT_SECONDS = 5.0

logger = logging.getLogger(__name__)


def deliver_mails(*, now: datetime) -> int:
    return deliver_due(compose=compose, now=now)


ERRANDS: list[Callable[..., int]] = [deliver_mails, make_due, delete_stale, seal, bring_forward]


def run(errand: Callable[..., int], stop: threading.Event) -> None:
    """Until `stop`; whatever fails is logged and tried again."""
    pause = EVERY_SECONDS
    while not stop.wait(pause):
        try:
            errand(now=timezone.now())
            pause = EVERY_SECONDS
        except Exception:
            logger.exception("worker.errand_failed", extra={"errand": errand.__name__})
            pause = PAUSE_AFTER_FAULT_SECONDS
