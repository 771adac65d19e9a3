"""What is done by the clock, and what touches several apps."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.events import services as inbox
from posts_project.feeds.services import owners
from posts_project.filters import services as filters
from posts_project.follows.services import mutes
from posts_project.idempotency.store import purge_answers
from posts_project.revocations import services as revocations
from posts_project.throttling.counters import purge_counters
from posts_project.worker import erasure, pulling


@app.task(name="worker.purge_profile", retry=RetryStrategy(max_attempts=50, exponential_wait=2))
def purge_profile(profile_id: int) -> None:
    erasure.purge_profile(profile_id)


@app.task(name="worker.pull_events", retry=RetryStrategy(max_attempts=200, wait=15))
def pull_events(subject: str) -> None:
    pulling.pull_events(subject)


@app.periodic(cron="37 * * * *")
@app.task(name="worker.trim_timelines", queueing_lock="trim_timelines", pass_context=False)
def trim_timelines(timestamp: int) -> None:
    owners.trim()


@app.periodic(cron="* * * * *")
@app.task(name="worker.retry_stalled", queueing_lock="retry_stalled", pass_context=False)
async def retry_stalled(timestamp: int) -> None:
    """Jobs of a worker that died in the middle are taken up by another: every job may be repeated."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="17 * * * *")
@app.task(name="worker.purge_old_rows", queueing_lock="purge_old_rows", pass_context=False)
def purge_old_rows(timestamp: int) -> None:
    now = timezone.now()
    revocations.purge(now=now)
    inbox.purge(before=now - timedelta(days=settings.INBOX_DAYS))
    owners.drop_idle(now=now)
    purge_answers(now=now)
    purge_counters(now=now)
    mutes.purge(now=now)
    filters.purge(now=now)
