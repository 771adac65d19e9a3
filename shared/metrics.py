"""What Prometheus reads from `/metrics`: what both services measure, and how it is put together.

Labels are routes, outcomes and names of ours: never an id, a person's name, or what else a stranger chooses. What one
service alone measures stands beside what it measures; `docs/runbook.md` says what the alerts make of it.

Note [Several processes]: those of one service share a folder (`PROMETHEUS_MULTIPROC_DIR`), each writes files of its
own, and whichever is asked adds them up. What a process has counted stays when it ends. What it last said of its own
state must not: a process that was killed with its breaker open would leave it open for ever. Who is killed cannot tidy
up, so whoever is asked first deletes what processes said that are gone.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram("http_request_duration_seconds", "Time to answer a request", ["route"], buckets=BUCKETS)

CALLS = Counter("service_calls_total", "Calls to the other service, by how they ended", ["peer", "outcome"])
CALL_DURATION = Histogram(
    "service_call_duration_seconds", "Time of a call to the other service that was made", ["peer"], buckets=BUCKETS[:10]
)
BREAKER_OPEN = Gauge(
    "service_breaker_open",
    "1 from the failures that made a process hold back its calls to the other service until one succeeds again",
    ["peer"],
    multiprocess_mode="livemax",
)
DELIVERIES = Counter("outbox_deliveries_total", "Events sent to the other service, by what came of it", ["outcome"])
CLOCKS = Counter(
    "tokens_out_of_time_total",
    "Tokens by our own keys of which this machine's clock says that they cannot be of now",
    ["kind"],
)
for _kind in ("access", "service"):
    CLOCKS.labels(_kind)
REFRESHED = Gauge(
    "cache_refreshed_timestamp_seconds",
    "When the process that is furthest behind last renewed what it keeps in memory",
    ["cache"],
    multiprocess_mode="livemin",
)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(samples: Iterable[Collector] = ()) -> bytes:
    """All metrics in Prometheus' text format, with those of `samples` after what was counted."""
    sampled = CollectorRegistry()
    for sample in samples:
        sampled.register(sample)
    return generate_latest(_counted()) + generate_latest(sampled)


def serve(port: int) -> None:
    """Answer on `port` of all addresses, from a thread: for workers, which serve nothing else."""
    start_http_server(port, registry=_Counted())


class _Counted(CollectorRegistry):
    """What `_counted` says at that moment."""

    def collect(self) -> Iterable[Metric]:
        return _counted().collect()


def _counted() -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return REGISTRY
    _forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)
    return registry


def _forget_the_dead(folder: Path) -> None:
    """See Note [Several processes]. The folder is this machine's, or this container's, alone, like its process ids."""
    for file in folder.glob("gauge_live*.db"):
        process = file.stem.rpartition("_")[2]
        if not Path("/proc", process).exists():
            with contextlib.suppress(FileNotFoundError):  # somebody else was asked at the same time
                file.unlink()
