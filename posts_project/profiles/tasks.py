from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.profiles.services import fill


@app.task(name="profiles.refresh", retry=RetryStrategy(max_attempts=200, wait=15))
def refresh(profile_id: int) -> None:
    fill.refresh(profile_id)
