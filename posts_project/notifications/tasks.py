from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.notifications.services import consequences

RETRY = RetryStrategy(max_attempts=20, exponential_wait=2)


@app.task(name=consequences.TELL_VOTERS, retry=RETRY)
def tell_voters(post_id: int, after: int) -> None:
    consequences.tell_voters_page(post_id=post_id, after=after)
