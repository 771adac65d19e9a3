"""What is done by the clock, and what touches several apps."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from posts_project.drafts import selectors as drafts
from posts_project.events import services as inbox
from posts_project.feeds.services import owners, pulled
from posts_project.figures import services as figures
from posts_project.filters import services as filters
from posts_project.follows.services import mutes
from posts_project.idempotency.store import purge_answers
from posts_project.media.services import removal
from posts_project.notifications.services import purging as notifications
from posts_project.revocations import services as revocations
from posts_project.throttling.counters import purge_counters
from posts_project.trends import services as trends
from posts_project.worker import erasure, pulling, standing
from posts_project.worker.personal_data import PURGE, TELL
from shared.wire import parse_timestamp

MOST_ATTEMPTS = 200
LONGEST_PAUSE_SECONDS = 15 * 60


class ForTwoDays(BaseRetryStrategy):
    """Again after 1, 2, 4 … seconds, at most 15 minutes: some two hundred times, or two days."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(LONGEST_PAUSE_SECONDS, 2 ** min(job.attempts, 16))})


@app.task(name=PURGE, retry=ForTwoDays())
def purge_profile(profile_id: int, username: str = "") -> None:
    erasure.purge_profile(profile_id, username=username, now=timezone.now())


@app.task(name=TELL, retry=ForTwoDays())
def tell_erased(user_id: int, at: str) -> None:
    erasure.tell_auth(user_id, at=parse_timestamp(at))


@app.task(name=standing.TELL, retry=ForTwoDays())
def tell_standing(profile_id: int) -> None:
    standing.tell_auth(profile_id)


@app.task(name=pulling.PULL, retry=ForTwoDays())
def pull_events(profile_id: int) -> None:
    pulling.pull_events(profile_id)


@app.periodic(cron="37 * * * *")
@app.task(name="worker.trim_timelines", queueing_lock="trim_timelines", pass_context=False)
def trim_timelines(timestamp: int) -> None:
    owners.trim()


@app.periodic(cron="23 4 * * *")
@app.task(name="worker.settle_pulled", queueing_lock="settle_pulled", pass_context=False)
def settle_pulled(timestamp: int) -> None:
    """Takes out what was deleted, and puts in what a process of an older version published during an upgrade."""
    pulled.settle_all()


@app.periodic(cron="* * * * *")
@app.task(name="worker.retry_stalled", queueing_lock="retry_stalled", pass_context=False)
async def retry_stalled(timestamp: int) -> None:
    """Jobs of a worker that died in the middle are taken up by another: every job may be repeated."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="*/10 * * * *")
@app.task(name="worker.measure_days", queueing_lock="measure_days", pass_context=False)
def measure_days(timestamp: int) -> None:
    figures.measure(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="worker.compute_trends", queueing_lock="compute_trends", pass_context=False)
def compute_trends(timestamp: int) -> None:
    trends.compute(now=timezone.now())


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
    notifications.purge(before=now - timedelta(days=settings.NOTIFICATION_DAYS))


@app.periodic(cron="7 * * * *")
@app.task(name="worker.remove_unused_media", queueing_lock="remove_unused_media", pass_context=False)
def remove_unused_media(timestamp: int) -> None:
    removal.remove_unused(wanted=drafts.wanted, now=timezone.now())
