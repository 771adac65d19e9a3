"""`manage_auth.py worker`: what Auth does in the background."""

import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from auth_project import health, statements
from auth_project.events.outbox import MongoOutboxStore
from auth_project.posts_client import posts_client
from auth_project.worker import rounds
from auth_project.worker.housekeeping import tidy
from auth_project.worker.relay import Relay
from auth_project.worker.starting import prepare
from shared import metrics, tracing
from shared.starting import refuse_without, wait_for

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# How late a suspension may end. Each chore is one look at an index.
TIDY_EVERY_SECONDS = 60
# How long a batch under way may take to end after SIGTERM, and handing back what is left of it: under a second in all.
FINISH_SECONDS = 0.5
HAND_BACK_SECONDS = 0.3

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Deliver recorded events to Posts and mails to the mail server, make archives, and delete what is out of date,"
        " until SIGTERM or Ctrl-C. Any number of workers may run, on any number of machines: each event, mail and"
        " archive is leased to one of them at a time."
    )

    def handle(self, **options: Any) -> None:
        # Blocked and waited for, not handled: a handler that sets an event can meet its own thread inside that event.
        # First of all, as threads that are there already, like pymongo's, would let the signal kill the process.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        wait_for("MongoDB", ask=_ask_unless_told_to_stop, say=self.stderr.write)
        refuse_without(prepare)
        if tracing.start("auth-worker"):
            statements.follow()
        if settings.METRICS_PORT:
            metrics.serve(settings.METRICS_PORT)
        store = MongoOutboxStore(worker=f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}")
        relay = Relay(store=store, send=posts_client().send, ping=posts_client().ping)
        stop = threading.Event()
        logger.info("worker.started")
        loop = _in_background(lambda: relay.run(stop))
        _in_background(lambda: relay.listen(stop))
        for errand in rounds.ERRANDS:
            _in_background(partial(rounds.run, errand, stop))
        _in_background(lambda: _tidy_now_and_then(stop))
        signal.sigwait(STOP_SIGNALS)
        stop.set()
        relay.wake()
        loop.join(FINISH_SECONDS)
        # What is still on its way may arrive twice; Posts knows an event that it has seen.
        _in_background(lambda: store.hand_back(now=timezone.now())).join(HAND_BACK_SECONDS)
        logger.info("worker.stopped")
        tracing.flush()
        logging.shutdown()
        # Nothing is left to do, and an ordinary exit waits for pymongo's monitors: up to a second for each server.
        os._exit(0)


def _ask_unless_told_to_stop() -> None:
    if signal.sigpending() & {*STOP_SIGNALS}:
        sys.exit(0)
    health.database()


def _tidy_now_and_then(stop: threading.Event) -> None:
    tidy(now=timezone.now())
    while not stop.wait(TIDY_EVERY_SECONDS):
        tidy(now=timezone.now())


def _in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
