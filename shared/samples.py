"""Numbers that stand in a database, such as how much waits there: read when somebody asks for `/metrics`.

A database that is away or slow must neither fail nor delay that answer, which is wanted most just then: it is asked by
a thread of its own and waited for a second. Where it has not answered, its numbers are missing and `metrics_source_up`
is 0.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from django.db import connections
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

KEEP_SECONDS = 5.0
WAIT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Sampled(Collector):
    """What `read` says, asked at most once in five seconds and never twice at a time.

    :param source: what is asked, as in `metrics_source_up{source="…"}`.
    """

    def __init__(self, source: str, read: Callable[[], Sequence[Metric]]) -> None:
        self._source = source
        self._read = read
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sample: Sequence[Metric] = ()
        self._read_at = float("-inf")

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering it asks nobody."""
        return ()

    def collect(self) -> Iterable[Metric]:
        self._refresh().join(WAIT_SECONDS)
        is_up = self._age() <= KEEP_SECONDS + WAIT_SECONDS
        up = GaugeMetricFamily("metrics_source_up", "Whether what is sampled could be read", labels=["source"])
        up.add_metric([self._source], float(is_up))
        return [up, *(self._sample if is_up else ())]

    def _refresh(self) -> threading.Thread:
        """The thread that reads, or the one that last did, where that is recent."""
        with self._lock:
            is_due = self._thread is None or (not self._thread.is_alive() and self._age() > KEEP_SECONDS)
            if is_due:
                self._thread = threading.Thread(target=self._take, name=f"sample-{self._source}", daemon=True)
                self._thread.start()
            assert self._thread is not None
            return self._thread

    def _take(self) -> None:
        try:
            self._sample = self._read()
            self._read_at = time.monotonic()
        except Exception as error:
            logger.warning("metrics.not_sampled", extra={"source": self._source, "reason": error.__class__.__name__})
        finally:
            connections.close_all()

    def _age(self) -> float:
        return time.monotonic() - self._read_at


def gauge(name: str, help_text: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, help_text)
    family.add_metric([], value)
    return family


def gauge_by(name: str, help_text: str, labels: Sequence[str], values: dict[tuple[str, ...], float]) -> Metric:
    """One series for each of `values`, whose keys are the values of `labels`."""
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
