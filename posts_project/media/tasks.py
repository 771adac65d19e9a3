from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.media.services import moving, removal


@app.task(name=removal.DELETE_STALE, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def delete_stale() -> None:
    while removal.delete_stale(now=timezone.now()):
        pass


@app.task(name=moving.MOVE, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def move(post_id: int) -> None:
    moving.move_of_post(post_id, now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="media.sweep", queueing_lock="sweep_stale_files", pass_context=False)
def sweep(timestamp: int) -> None:
    """What a job that died has left, and uploads that were never finished."""
    delete_stale()
