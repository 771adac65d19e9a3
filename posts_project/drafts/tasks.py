"""Ahead of all other jobs: these have been promised a time."""

from datetime import datetime

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.drafts.services import sending
from posts_project.events.registry import PROMISED


@app.task(name="drafts.send", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def send(scheduled_id: int, at: str) -> None:
    """Tried for half a minute; the next sweep takes up what is left."""
    sending.send(scheduled_id=scheduled_id, at=datetime.fromisoformat(at))


@app.periodic(cron="* * * * *")
@app.task(name="drafts.sweep", queueing_lock="sweep_scheduled_posts", priority=PROMISED, pass_context=False)
def sweep(timestamp: int) -> None:
    sending.sweep(now=timezone.now())
