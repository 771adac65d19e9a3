"""Carries events from the outbox to Posts, as soon as they are there and for as long as it takes."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone
from pymongo.errors import PyMongoError

from auth_project.events.models import OutboxEvent
from auth_project.events.outbox import MongoOutboxStore
from auth_project.mongodb import connection
from shared.delivery import deliver_due
from shared.events import Event, EventResult
from shared.remote_errors import RemoteError, RemoteUnavailable

POLL_SECONDS = 0.25
PROBE_SECONDS = 1.0
PAUSE_AFTER_FAULT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Relay:
    """One loop: deliver what is due, then wait until something new is recorded or a quarter of a second is over.

    :param send: hands a batch to Posts; raises `RemoteError` where that fails.
    :param ping: raises one where Posts does not answer at all.
    """

    def __init__(
        self,
        *,
        store: MongoOutboxStore,
        send: Callable[[list[Event]], list[EventResult]],
        ping: Callable[[], None],
    ) -> None:
        self._store = store
        self._send = send
        self._ping = ping
        self._wake = threading.Event()
        self._has_failed = False

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; whatever fails is logged and tried again."""
        while not stop.is_set():
            if self._has_failed:
                self._wait_for_posts(stop)
            elif not self.deliver(now=timezone.now()):
                self._wake.wait(POLL_SECONDS)
                self._wake.clear()

    def deliver(self, *, now: datetime) -> int:
        """Deliver one batch; return how many events Posts took."""
        try:
            return deliver_due(store=self._store, send=self._watched_send, now=now)
        except Exception:
            # MongoDB away, or a bug that must not keep all other events from being delivered.
            logger.exception("relay.failed")
            self._wake.wait(PAUSE_AFTER_FAULT_SECONDS)
            return 0

    def listen(self, stop: threading.Event) -> None:
        """Wake the loop at each commit that records an event. Without this the poll alone would be a little slower."""
        while not stop.is_set():
            try:
                self._watch(stop)
            except PyMongoError as error:
                logger.warning("relay.change_stream_lost", extra={"reason": error.__class__.__name__})
                stop.wait(PAUSE_AFTER_FAULT_SECONDS)

    def wake(self) -> None:
        self._wake.set()

    def _watched_send(self, events: list[Event]) -> list[EventResult]:
        try:
            return self._send(events)
        except RemoteUnavailable:
            self._has_failed = True
            raise

    def _wait_for_posts(self, stop: threading.Event) -> None:
        """Leave all events alone until it answers, and then make due at once what was put off meanwhile.

        Tried again and again instead, ten thousand events would keep MongoDB busy for as long as Posts is away, and the
        last of them would wait for half a minute afterwards. Where Posts answered all the while, what has failed is the
        fault of a batch, and its pauses are right.
        """
        was_away = False
        while not self._answers() and not stop.is_set():
            was_away = True
            stop.wait(PROBE_SECONDS)
        self._has_failed = False
        if was_away:
            self._make_all_due()

    def _answers(self) -> bool:
        try:
            self._ping()
        except RemoteError:
            return False
        except Exception:
            # Such as a key that cannot be read for now. Who asks is the loop that delivers, and it goes on.
            logger.exception("relay.failed")
            return False
        return True

    def _make_all_due(self) -> None:
        try:
            hastened = self._store.hasten(now=timezone.now())
        except (DatabaseError, PyMongoError):
            logger.exception("relay.failed")
        else:
            logger.info("relay.peer_is_back", extra={"events": hastened})

    def _watch(self, stop: threading.Event) -> None:
        connection().ensure_connection()
        outbox = connection().database[OutboxEvent._meta.db_table]
        with outbox.watch([{"$match": {"operationType": "insert"}}], max_await_time_ms=1_000) as changes:
            while not stop.is_set() and changes.alive:
                if changes.try_next() is not None:
                    self.wake()
