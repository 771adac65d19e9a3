from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from posts_project.feeds.services import fan_out, older, owners

RETRY = RetryStrategy(max_attempts=20, exponential_wait=2)


class TooEarly(Exception):
    """Transactions that may have missed the timeline's owner are still open: try again in a moment."""


@app.task(name="feeds.fan_out", retry=RETRY)
def fan_out_page(post_id: int, author_id: int, after: int, at: int | None = None) -> None:
    fan_out.fan_out_page(at=at or post_id, post_id=post_id, by_id=author_id, after=after)


@app.task(name="feeds.rebuild", retry=RetryStrategy(max_attempts=200, wait=1, retry_exceptions=[TooEarly]))
def rebuild(owner_id: int) -> None:
    if not owners.rebuild(owner_id):
        raise TooEarly


@app.task(name=older.FILL, retry=RETRY)
def fill_older(author_id: int, after: int) -> None:
    older.fill_page(author_id=author_id, after=after)
