from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.posts.services import polls


@app.task(name="posts.close_poll", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def close_poll(post_id: int) -> None:
    polls.close(post_id)
