from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.follows.services import reach


@app.task(name="follows.reconsider", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def reconsider(author_id: int) -> None:
    reach.reconsider(author_id)
