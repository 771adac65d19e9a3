"""Exact counts of posts without a hot row: see Note [Slotted counters] in `profiles.models`."""

from collections.abc import Iterable

from posts_project import sql
from posts_project.posts import locks
from posts_project.posts.models import COUNTED, PollCount, Post
from posts_project.profiles.services.counts import SHARE

_ADD = f"""
    INSERT INTO post_count (post_id, slot, replies, likes, reposts, quotes)
    SELECT id, {SHARE}, %(replies)s, %(likes)s, %(reposts)s, %(quotes)s FROM post WHERE id = %(id)s
    ON CONFLICT (post_id, slot) DO UPDATE SET
        replies = post_count.replies + excluded.replies, likes = post_count.likes + excluded.likes,
        reposts = post_count.reposts + excluded.reposts, quotes = post_count.quotes + excluded.quotes
"""  # noqa: S608 - built from constants


_ADD_VOTES = f"""
    INSERT INTO poll_count (post_id, option, slot, votes)
    SELECT %(id)s, option, {SHARE}, %(change)s FROM unnest(%(options)s::smallint[]) option ORDER BY option
    ON CONFLICT (post_id, option, slot) DO UPDATE SET votes = poll_count.votes + excluded.votes
"""  # noqa: S608 - built from constants


def is_counted(post: Post) -> bool:
    """Whether `post` counts where it answers or quotes."""
    return post.visibility in COUNTED and post.hidden_at is None


def add(post_id: int, *, replies: int = 0, likes: int = 0, reposts: int = 0, quotes: int = 0) -> None:
    """Add to the counts of one post, if it is still there, in the transaction of what is counted."""
    values = {"replies": replies, "likes": likes, "reposts": reposts, "quotes": quotes}
    sql.execute(_ADD, {"id": post_id, **values})


def add_votes(post_id: int, choices: Iterable[int], change: int) -> None:
    """Add to the votes of each chosen option of a poll, in rising order, and to its voters."""
    add_to_options(post_id, [PollCount.VOTERS, *choices], change)


def add_to_options(post_id: int, options: Iterable[int], change: int) -> None:
    """Add to these counts of a poll alone; the caller holds its post."""
    sql.execute(_ADD_VOTES, {"id": post_id, "options": [*options], "change": change})


def add_references(post: Post, change: int) -> None:
    """Add to the replies of the post that `post` answers and to the quotes of the one that it quotes."""
    named = sorted({number for number in (post.in_reply_to_id, post.quote_of_id) if number is not None})
    if named:
        locks.hold(named)
    for number in named:
        is_parent, is_quoted = number == post.in_reply_to_id, number == post.quote_of_id
        add(number, replies=change * is_parent, quotes=change * is_quoted)
