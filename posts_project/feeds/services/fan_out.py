"""Bringing a new post or repost to home timelines. Every follower gets a row whatever the post's visibility: whether it
may be read, and is not there already, is decided at read, so a later change of visibility needs nothing here, nor does
an ended repost."""

from django.conf import settings
from django.db import transaction

from posts_project import sql
from posts_project.events.registry import defer
from posts_project.feeds.services import pulled
from posts_project.follows import locks
from posts_project.posts.facts import PostPublished, PostReposted

_AUDIENCE = """
    SELECT a.is_pulled, (SELECT count(*) FROM (SELECT FROM follow WHERE followee_id = a.id LIMIT {limit:d}) f)
    FROM profile a WHERE a.id = %(by)s
"""

_OWN = """
    INSERT INTO timeline (owner_id, at, post_id, by_id)
    SELECT owner_id, %(at)s, %(post)s, %(by)s FROM timeline_owner WHERE owner_id = %(by)s
    ON CONFLICT DO NOTHING
"""

_PAGE = """
    WITH followers AS MATERIALIZED (
        SELECT follower_id FROM follow WHERE followee_id = %(by)s AND follower_id > %(after)s
        ORDER BY follower_id LIMIT %(page)s),
    added AS (
        INSERT INTO timeline (owner_id, at, post_id, by_id)
        SELECT o.owner_id, %(at)s, %(post)s, %(by)s FROM followers f JOIN timeline_owner o ON o.owner_id = f.follower_id
        ON CONFLICT DO NOTHING)
    SELECT count(*), max(follower_id) FROM followers
"""


def fan_out(fact: PostPublished) -> None:
    """Part of publishing: to the author and up to a hundred followers at once, to more by a job."""
    _bring(at=fact.post_id, post_id=fact.post_id, by_id=fact.author_id)


def fan_out_repost(fact: PostReposted) -> None:
    """The same, part of reposting."""
    _bring(at=fact.at, post_id=fact.post_id, by_id=fact.profile_id)


def _bring(*, at: int, post_id: int, by_id: int) -> None:
    """Whoever brings it holds their audience. What a pulled author brings stands in one place and is merged at read."""
    limit = settings.FANOUT_INLINE_FOLLOWERS + 1
    audience = sql.row(_AUDIENCE.format(limit=limit), {"by": by_id})
    if audience is None:
        return  # a purge has taken their profile: what they bring now cannot be committed
    is_pulled, followers = audience
    sql.execute(_OWN, {"at": at, "post": post_id, "by": by_id})
    if is_pulled:
        pulled.add(at=at, post_id=post_id, by_id=by_id)
    elif 0 < followers < limit:
        _fill_page(at, post_id, by_id, after=0, page=limit)
    elif followers:
        defer("feeds.fan_out", at=at, post_id=post_id, author_id=by_id, after=0)


@transaction.atomic
def fan_out_page(*, at: int, post_id: int, by_id: int, after: int) -> None:
    """One page of followers, and the job for the next one in the same transaction: it resumes where it was stopped."""
    locks.hold_audience(by_id)
    page = settings.FANOUT_PAGE_FOLLOWERS
    last = _fill_page(at, post_id, by_id, after=after, page=page)
    if last:
        defer("feeds.fan_out", at=at, post_id=post_id, author_id=by_id, after=last)


def _fill_page(at: int, post_id: int, by_id: int, *, after: int, page: int) -> int:
    """The last follower's id where the page was full; 0 where it was the last page."""
    found, last = sql.rows(_PAGE, {"at": at, "post": post_id, "by": by_id, "after": after, "page": page})[0]
    return int(last) if found == page else 0
