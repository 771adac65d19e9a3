"""How the pool of connections of each process fares, for `/metrics`: noted every five seconds by a thread."""

import threading
import time
from typing import Any

from django.db import connection
from prometheus_client import Counter, Gauge

EVERY_SECONDS = 5.0

CONNECTIONS = Gauge(
    "postgres_pool_connections",
    "Connections of all processes together: `most` there may be, those `open`, and `idle` among these",
    ["state"],
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "postgres_pool_requests_waiting", "Threads that wait for a connection right now", multiprocess_mode="livesum"
)
WAITS = Counter("postgres_pool_waits_total", "Times that a thread had to wait for a connection")
TIMEOUTS = Counter("postgres_pool_timeouts_total", "Times that a thread got no connection in time")
FAILURES = Counter("postgres_pool_connection_failures_total", "Times that a connection could not be made")


def watch() -> None:
    """Until this process ends."""
    threading.Thread(target=_watch, name="pool", daemon=True).start()


def _watch() -> None:
    while True:
        note(connection.pool)  # type: ignore[attr-defined]
        time.sleep(EVERY_SECONDS)


def note(pool: Any) -> None:
    """Take down what `pool` (of psycopg_pool) says, and what happened since it was last asked."""
    said = pool.pop_stats()
    CONNECTIONS.labels("most").set(said["pool_max"])
    CONNECTIONS.labels("open").set(said["pool_size"])
    CONNECTIONS.labels("idle").set(said["pool_available"])
    WAITING.set(said["requests_waiting"])
    WAITS.inc(said.get("requests_queued", 0))
    TIMEOUTS.inc(said.get("requests_errors", 0))
    FAILURES.inc(said.get("connections_errors", 0))
