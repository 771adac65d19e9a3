"""Around a job, run by procrastinate's own worker on an app of its own that keeps its jobs in memory."""

import asyncio
import logging

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from posts_project.worker import watched
from shared.request_context import current_trace_id


def runs(task: str) -> dict[str, float]:
    return {outcome: watched.RUNS.labels(task, outcome)._value.get() for outcome in ("done", "failed")}


def timed(task: str) -> float:
    return sum(bucket.get() for bucket in watched.DURATION.labels(task)._buckets)


def test_a_run_is_counted_timed_and_told_of_in_a_trace_that_its_own_lines_share(caplog: pytest.LogCaptureFixture):
    app = App(connector=InMemoryConnector())
    seen = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((record.msg, record.task, current_trace_id()))

    @app.task(name="test.good")
    def good() -> None:
        seen.append(("inside", "test.good", current_trace_id()))

    @app.task(name="test.bad")
    async def bad() -> None:
        raise ValueError

    async def run() -> None:
        async with app.open_async():
            await good.defer_async()
            await bad.defer_async()
            await app.run_worker_async(wait=False, listen_notify=False, worker_middleware=[watched.watched])

    handler = Handler()
    watched.logger.addHandler(handler)
    with caplog.at_level(logging.INFO, logger=watched.logger.name):
        asyncio.run(run())
    watched.logger.removeHandler(handler)

    assert (runs("test.good"), timed("test.good")) == ({"done": 1, "failed": 0}, 1)
    assert (runs("test.bad"), timed("test.bad")) == ({"done": 0, "failed": 1}, 1)
    (_, _, inside), done, failed = sorted(seen, key=lambda one: one[0] != "inside")
    assert done == ("job.done", "test.good", inside)
    assert failed[:2] == ("job.failed", "test.bad")
    assert len({inside, failed[2], ""}) == 3
