"""Words of posts that were stored without going through `publish` and `edit`, or before there were any."""

from collections.abc import Iterator, Sequence

from django.db import transaction

from posts_project import sql
from posts_project.posts.models import Post
from posts_project.posts.services import contents
from shared.snowflakes import MAX_ID

BATCH = 500

# Kept from being edited and deleted until their words are stored; in the order in which all lock posts.
_HOLD = "SELECT * FROM post WHERE id = ANY(%(ids)s) ORDER BY id FOR SHARE"

_BATCH = """
    SELECT p.id FROM post p WHERE p.id < %(before)s
        AND (%(again)s OR NOT EXISTS (SELECT FROM post_words w WHERE w.post_id = p.id))
    ORDER BY p.id DESC LIMIT %(limit)s
"""
_LEFT = """
    SELECT count(*) FROM post p WHERE p.id < %(before)s
        AND (%(again)s OR NOT EXISTS (SELECT FROM post_words w WHERE w.post_id = p.id))
"""
# Of posts that are gone: deleted by a version of this service that knew nothing of words.
_FORGET = "DELETE FROM post_words w WHERE NOT EXISTS (SELECT FROM post p WHERE p.id = w.post_id)"


@transaction.atomic
def index(ids: Sequence[int]) -> int:
    """Store the words of these posts, as they are now, anew; return how many of them are still there."""
    posts = list(Post.objects.raw(_HOLD, {"ids": list(ids)}))
    for post in posts:
        contents.store_words(post)
    return len(posts)


def batches(*, before: int = MAX_ID, again: bool = False) -> Iterator[list[int]]:
    """Ids of posts that have no words (with `again`: of all), newest first, below `before`."""
    while ids := [row[0] for row in sql.rows(_BATCH, {"before": before, "again": again, "limit": BATCH})]:
        yield ids
        before = ids[-1]


def left(*, before: int = MAX_ID, again: bool = False) -> int:
    return int(sql.rows(_LEFT, {"before": before, "again": again})[0][0])


def forget_absent() -> int:
    """Delete the words of posts that are gone; return of how many."""
    return sql.execute(_FORGET, {})
