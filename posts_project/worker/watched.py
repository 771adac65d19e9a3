"""Around every job: its count, its time, one line of log, and a trace of its own for what is logged meanwhile."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import JobContext
from prometheus_client import Counter, Histogram

from shared import tracing
from shared.request_context import request_context

RUNS = Counter("job_runs_total", "Times that a job was run; one that failed is mostly tried again", ["task", "outcome"])
DURATION = Histogram(
    "job_duration_seconds", "Time that a run took", ["task"], buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
)

logger = logging.getLogger(__name__)


async def watched(call_next: Callable[[], Awaitable[Any]], context: JobContext, _worker: Any) -> Any:
    """procrastinate's worker middleware."""
    task, started = context.job.task_name, time.perf_counter()
    outcome = "failed"
    with request_context(request_id=None, traceparent=None), tracing.working(task):
        try:
            result = await call_next()
            outcome = "done"
            return result
        finally:
            seconds = time.perf_counter() - started
            RUNS.labels(task, outcome).inc()
            DURATION.labels(task).observe(seconds)
            extra = {"task": task, "job_id": context.job.id, "milliseconds": round(seconds * 1000, 1)}
            logger.info(f"job.{outcome}", extra=extra)
