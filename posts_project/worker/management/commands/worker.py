"""`manage_posts.py worker`: runs queued jobs until it is told to stop, then finishes those in hand."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from posts_project import health, pool
from posts_project.worker.starting import prepare
from posts_project.worker.watched import watched
from shared import metrics, tracing
from shared.starting import refuse_without, wait_for

GRACE_SECONDS = 8
PAUSE_SECONDS = 1

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run queued and periodic jobs. SIGTERM: finish what is running, take nothing new, end."

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for("PostgreSQL", ask=health.connect, say=self.stderr.write)
        refuse_without(prepare)
        tracing.start("posts-worker")
        pool.watch()
        if settings.METRICS_PORT:
            metrics.serve(settings.METRICS_PORT)
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            asyncio.run(_work_until_told())


async def _work_until_told() -> None:
    """procrastinate's worker ends when the database goes away; this one begins again until it is there."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    logger.info("worker.started")
    while not told.is_set():
        try:
            await _work(told)
        except (ConnectorException, psycopg.Error) as error:
            logger.warning("worker.lost_database", extra={"reason": error.__class__.__name__})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), PAUSE_SECONDS)
    logger.info("worker.ended")


async def _work(told: asyncio.Event) -> None:
    async with app.open_async():
        work = asyncio.create_task(
            app.run_worker_async(
                name="posts",
                concurrency=settings.POOL_SIZE,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE_SECONDS,
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
                worker_middleware=[watched],
            )
        )
        end = asyncio.create_task(told.wait())
        await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        # Cancelled, the worker finishes what it has in hand.
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
