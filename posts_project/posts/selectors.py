"""Posts as their readers may see them, one statement each."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from collections.abc import Sequence
from typing import Any

from posts_project import sql
from posts_project.follows.models import Follow
from posts_project.posts import rows
from posts_project.posts.models import Mention, Post, ReplyPolicy
from posts_project.posts.visibility import readable
from posts_project.profiles.selectors import SHORT_COLUMNS
from posts_project.profiles.visibility import seen
from shared.pagination import Keyset

MAX_BATCH = 100

_AMONG = f"SELECT {rows.PLAIN} FROM post p JOIN profile a ON a.id = p.author_id WHERE p.id = ANY(%(ids)s)"
_BY_IDS = rows.page(f"{_AMONG} AND {readable()}", order="DESC", limit=MAX_BATCH)


_TAGS_IN_USE = """
    SELECT name, count(*) AS uses, max(post_id)
    FROM (SELECT name, post_id FROM post_tag ORDER BY post_id DESC LIMIT 20000) newest
    GROUP BY name ORDER BY uses DESC, name LIMIT 100
"""


def posts(ids: Sequence[int], *, viewer_id: int) -> list[dict[str, Any]]:
    """Those of `ids` (at most a hundred) that `viewer_id` may read, in the order of `ids`."""
    by_id = found(ids, viewer_id=viewer_id)
    return [rows.post(by_id[wanted]) for wanted in ids if wanted in by_id]


def found(ids: Sequence[int], *, viewer_id: int) -> dict[int, sql.Row]:
    """The same as rows for `posts.rows`, by id."""
    return {rows.post_id(row): row for row in sql.rows(_BY_IDS, {"ids": list(ids), "viewer": viewer_id})}


def post(post_id: int, *, viewer_id: int) -> dict[str, Any] | None:
    return next(iter(posts([post_id], viewer_id=viewer_id)), None)


def may_read(post_id: int, *, viewer_id: int) -> bool:
    return Post.objects.visible_to(viewer_id).filter(id=post_id).exists()


def marked(kind: str, page: Keyset, *, viewer_id: int) -> list[sql.Row]:
    """What the viewer has marked so, newest mark first, as far as they may still read it."""
    return sql.rows(_marked(page.ascending, page.fetch), {"kind": kind, **_at(page, viewer_id)})


def who_marked(post_id: int, kind: str, page: Keyset, *, viewer_id: int) -> list[sql.Row] | None:
    """Up to `page.fetch` rows: position, then the short columns of who did; None where the post is not to be read."""
    found = sql.rows(_who(page.ascending, page.fetch), {"post": post_id, "kind": kind, **_at(page, viewer_id)})
    return [row for row in found if row[0] is not None] if found else None


def may_reply(parent: Post, *, viewer_id: int) -> bool:
    """Whether the parent's reply policy lets `viewer_id`, who may read it, answer; its author always may."""
    if viewer_id == parent.author_id or parent.reply_policy == ReplyPolicy.EVERYONE:
        return True
    if parent.reply_policy == ReplyPolicy.FOLLOWERS:
        return _follows(viewer_id, parent.author_id)
    if parent.reply_policy == ReplyPolicy.MENTIONED:
        return Mention.objects.filter(post=parent, profile_id=viewer_id).exists()
    return False


def _follows(follower_id: int, followee_id: int) -> bool:
    return Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).exists()


def _at(page: Keyset, viewer_id: int) -> dict[str, int]:
    return {"viewer": viewer_id, "position": sql.position(page)}


@functools.lru_cache
def _marked(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT e.since AS at, NULL::bigint AS by_id, p, a
        FROM mark e JOIN post p ON p.id = e.post_id JOIN profile a ON a.id = p.author_id
        WHERE e.profile_id = %(viewer)s AND e.kind = %(kind)s AND e.since {beyond} %(position)s AND {readable()}
        ORDER BY e.since {order} LIMIT {limit}"""
    return rows.page(candidates, order=order, limit=limit)


@functools.lru_cache
def _who(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    columns = sql.columns(SHORT_COLUMNS, table="w")
    return f"""
        SELECT m.* FROM post p JOIN profile a ON a.id = p.author_id LEFT JOIN LATERAL (
            SELECT m.since, {columns} FROM mark m JOIN profile w ON w.id = m.profile_id
            WHERE m.post_id = p.id AND m.kind = %(kind)s AND m.since {beyond} %(position)s AND {seen("w")}
            ORDER BY m.since {order} LIMIT {limit}) m ON true
        WHERE p.id = %(post)s AND {readable()}
        ORDER BY m.since {order}"""


def tags_in_use() -> list[sql.Row]:
    """Name, number of uses and newest post of the tags of the newest posts, those used most first.

    Of the last twenty thousand uses: to count all there are takes seconds.
    """
    return sql.rows(_TAGS_IN_USE, {})
