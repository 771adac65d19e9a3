"""Who may touch an author's audience at the same time.

Note [Audience lock]: a post is put into the timelines of those who follow its author *now*, and a new follower gets
the posts that are there *now*. If the two run at once, neither sees the other's uncommitted row, and a post is lost to
that follower for good. So everything that reads an author's followers to write their timelines (publishing, a page of
fan-out, crossing the threshold) holds the author's advisory lock alone, and everything that changes one edge shares it.
It is held to the end of the transaction, some milliseconds; followers of a popular author do not wait for each other.
A block changes edges of two authors and is a condition for new ones: it holds both alone.
"""

from posts_project import sql


def hold_audience(author_id: int) -> None:
    """Keep edges to `author_id` from changing until this transaction ends. See Note [Audience lock]."""
    sql.row("SELECT pg_advisory_xact_lock(%(author)s::bigint)", {"author": author_id})


def hold_audiences(*author_ids: int) -> None:
    """The same for several, in an order that all keep to, so that no two wait for each other."""
    for author_id in sorted(author_ids):
        hold_audience(author_id)


def share_audience(author_id: int) -> None:
    """Keep `author_id`'s posts from being fanned out until this transaction ends. See Note [Audience lock]."""
    sql.row("SELECT pg_advisory_xact_lock_shared(%(author)s::bigint)", {"author": author_id})
