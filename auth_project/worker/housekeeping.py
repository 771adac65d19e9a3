"""What is deleted when nobody needs it any more, and what ends when its time has come."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.contrib.sessions.models import Session as AdminSession

from auth_project.accounts.one_time_tokens import purge_one_time_tokens
from auth_project.accounts.services.exports import purge_exports
from auth_project.accounts.services.register import purge_pending
from auth_project.accounts.services.suspension import lift_expired
from auth_project.events.inbox import purge_received
from auth_project.events.outbox import purge_delivered
from auth_project.idempotency.store import purge_answers
from auth_project.passkeys.challenges import purge_challenges
from auth_project.signing_keys.services import wipe_ended
from auth_project.throttling.counters import purge_counters
from auth_project.tokens.services import purge_expired

logger = logging.getLogger(__name__)


def purge_admin_sessions(*, now: datetime) -> int:
    deleted, _ = AdminSession.objects.filter(expire_date__lt=now).delete()
    return deleted


CHORES: list[Callable[..., int]] = [
    lift_expired,
    purge_delivered,
    purge_received,
    purge_pending,
    purge_one_time_tokens,
    purge_challenges,
    purge_exports,
    purge_expired,
    purge_answers,
    purge_counters,
    purge_admin_sessions,
    wipe_ended,
]


def tidy(*, now: datetime) -> None:
    """Do all chores; one that fails does not keep the others from being done."""
    for chore in CHORES:
        try:
            done = chore(now=now)
        except Exception:
            logger.exception("housekeeping.failed", extra={"chore": chore.__name__})
        else:
            if done:
                logger.info("housekeeping.done", extra={"chore": chore.__name__, "documents": done})
