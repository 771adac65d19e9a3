"""How what is new is said to all processes: by PostgreSQL itself, or by Redis (or Valkey) where `REDIS_URL` is set.

PostgreSQL tells everybody at the commit, and nobody where there is none. With Redis it is said right after the commit:
what is said while Redis is away is lost to the streams that are open, and their clients find it in the lists. In return
commits do not wait for each other (ADR 7).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection, transaction

from posts_project import sql

NAME = "stream"
# How long others are waited for that are said at the same moment: fifty likes of one post are one event.
GATHER_SECONDS = 0.05
ASK_SECONDS = 5.0
ANSWER_SECONDS = 3.0

_SAY = "SELECT pg_notify(%(channel)s, %(payload)s)"

logger = logging.getLogger(__name__)


class Channel(Protocol):
    def say(self, payload: str) -> None:
        """Tell all that listen, as part of this transaction or once it has been committed."""

    def listening(self) -> AbstractContextManager[Iterator[list[str]]]:
        """What is said from then on, that of one moment together.

        :raises Exception: of the library, where the server cannot be reached, or is lost later.
        """


class PostgresChannel:
    def say(self, payload: str) -> None:
        sql.row(_SAY, {"channel": NAME, "payload": payload})

    @contextmanager
    def listening(self) -> Iterator[Iterator[list[str]]]:
        with _own_connection() as link:
            link.execute(f"LISTEN {NAME}")
            yield self._batches(link)

    def _batches(self, link: psycopg.Connection[Any]) -> Iterator[list[str]]:
        """Now and then it is asked whether the server is there."""
        while True:
            first = [notify.payload for notify in link.notifies(timeout=ASK_SECONDS, stop_after=1)]
            if first:
                yield first + [notify.payload for notify in link.notifies(timeout=GATHER_SECONDS)]
            else:
                link.execute("SELECT 1")


class RedisChannel:
    def __init__(self, url: str) -> None:
        # Installed only where it is wanted.
        self._redis = import_module("redis")
        self._client = self._redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            health_check_interval=ASK_SECONDS,
            # It would listen again in silence, and what was said meanwhile would be missed.
            retry=import_module("redis.retry").Retry(import_module("redis.backoff").NoBackoff(), 0),
        )

    def say(self, payload: str) -> None:
        transaction.on_commit(lambda: self._publish(payload))

    def _publish(self, payload: str) -> None:
        try:
            self._client.publish(NAME, payload)
        except self._redis.RedisError as error:
            # The write has been committed, and must not fail for this.
            logger.warning("stream.not_said", extra={"reason": error.__class__.__name__})

    @contextmanager
    def listening(self) -> Iterator[Iterator[list[str]]]:
        with self._client.pubsub() as link:
            link.subscribe(NAME)
            # The answer to that: from here on nothing is missed.
            link.get_message(timeout=ANSWER_SECONDS)
            yield self._batches(link)

    def _batches(self, link: Any) -> Iterator[list[str]]:
        while True:
            if first := _said(link, ASK_SECONDS):
                yield [*first, *self._rest(link)]

    def _rest(self, link: Any) -> Iterator[str]:
        ends_at = time.monotonic() + GATHER_SECONDS
        while (left := ends_at - time.monotonic()) > 0:
            yield from _said(link, left)


@cache
def channel() -> Channel:
    """The one that settings choose."""
    return RedisChannel(settings.REDIS_URL) if settings.REDIS_URL else PostgresChannel()


def _said(link: Any, seconds: float) -> list[str]:
    """One message, or none in that time."""
    message = link.get_message(timeout=seconds)
    return [message["data"]] if message and message["type"] == "message" else []


def _own_connection() -> psycopg.Connection[Any]:
    """Not one of the pool's few."""
    parameters = connection.get_connection_params()
    return psycopg.connect(**{**parameters, "cursor_factory": psycopg.Cursor}, autocommit=True)
