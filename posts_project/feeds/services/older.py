"""Bringing posts that were put in the past to home timelines, as far as those reach: see Note [Coverage of a timeline].

A job does it some seconds after the first of them, for all that have come meanwhile.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from posts_project import sql
from posts_project.events.registry import defer, defer_once_at
from posts_project.feeds.services import edges, pulled
from posts_project.follows import locks
from posts_project.posts.facts import PostsImported

FILL = "feeds.fill_older"
GATHERED_FOR = timedelta(seconds=5)
PAGE = 200

_FOLLOWERS = """
    SELECT follower_id FROM follow WHERE followee_id = %(author)s AND follower_id > %(after)s
    ORDER BY follower_id LIMIT %(page)s
"""


def fill_soon(fact: PostsImported) -> None:
    defer_once_at(timezone.now() + GATHERED_FOR, FILL, author_id=fact.author_id, after=0)


@transaction.atomic
def fill_page(*, author_id: int, after: int) -> None:
    """The author's own timeline first, then a page of followers, and the job for the next in the same transaction."""
    locks.hold_audience(author_id)
    if not after:
        edges.fill([author_id], author_id, unless_pulled=False)
        pulled.settle(author_id)
    found = sql.rows(_FOLLOWERS, {"author": author_id, "after": after, "page": PAGE})
    followers = [follower_id for (follower_id,) in found]
    edges.fill(followers, author_id, unless_pulled=True)
    if len(followers) == PAGE:
        defer(FILL, author_id=author_id, after=followers[-1])
