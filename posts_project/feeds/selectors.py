"""Timelines: each page one prepared statement that returns whole rows, whatever the graph."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools

from posts_project import sql
from posts_project.feeds import heads, home
from posts_project.posts import rows
from posts_project.posts.visibility import listed, readable, wanted
from posts_project.profiles.visibility import seen
from shared.pagination import Keyset

MOST_MISSED = 100
_HOME_SINCE = home.since(limit=MOST_MISSED)
_HOME_ENTRY = home.one()

_AUTHORED = "FROM post p JOIN profile a ON a.id = p.author_id"

# Those on a list need not be followed: what the private among them repost is for their followers all the same.
_BRINGS_TO_LIST = f"""
    EXISTS (SELECT FROM list_member WHERE feed_list_id = %(list)s AND profile_id = o.by_id OFFSET 0)
    AND (o.at = p.id OR EXISTS (SELECT FROM profile b WHERE b.id = o.by_id AND {seen("b")} OFFSET 0))"""


def home_timeline(viewer_id: int, page: Keyset) -> list[sql.Row]:
    """What those whom the viewer follows wrote or reposted, and the viewer's own, as far as they may read it."""
    return _run(_home(page.ascending, page.fetch), viewer_id, page)


def home_since(viewer_id: int, *, after: int) -> list[sql.Row]:
    """The newest hundred entries of their home that came after `after`, newest first."""
    return sql.rows(_HOME_SINCE, {"viewer": viewer_id, "after": after})


def home_entry(viewer_id: int, *, at: int, by_id: int) -> sql.Row | None:
    """What `by_id` brought at `at`, as it stands in the viewer's home; None where it does not."""
    return sql.row(_HOME_ENTRY, {"viewer": viewer_id, "at": at, "by": by_id})


def public_timeline(viewer_id: int, page: Keyset) -> list[sql.Row]:
    return _run(_public(page.ascending, page.fetch), viewer_id, page)


def profile_timeline(viewer_id: int, page: Keyset, *, author_id: int) -> list[sql.Row]:
    return _run(_by_author(page.ascending, page.fetch), viewer_id, page, author=author_id)


def list_timeline(viewer_id: int, page: Keyset, *, list_id: int) -> list[sql.Row]:
    """What those on one of the viewer's own lists wrote or reposted; nothing of anybody else's list."""
    return _run(_of_list(page.ascending, page.fetch), viewer_id, page, list=list_id)


def tag_timeline(viewer_id: int, page: Keyset, *, tag: str) -> list[sql.Row]:
    """Public posts with a tag, named as `posts.text` folds it."""
    return _run(_tagged(page.ascending, page.fetch), viewer_id, page, tag=tag)


def pinned(viewer_id: int, page: Keyset, *, author_id: int) -> list[sql.Row]:
    """What one profile has pinned of its own, newest pin first."""
    return _run(_pinned(page.ascending, page.fetch), viewer_id, page, author=author_id)


def _run(statement: str, viewer_id: int, page: Keyset, **more: int | str) -> list[sql.Row]:
    """Up to `page.fetch` rows in reading order; a statement has one text per page size, so it is prepared once."""
    return sql.rows(statement, {"viewer": viewer_id, "position": sql.position(page), **more})


@functools.lru_cache
def _home(ascending: bool, limit: int) -> str:
    return home.statement(ascending=ascending, limit=limit)


@functools.lru_cache
def _public(ascending: bool, limit: int) -> str:
    return _page(f"{listed()} AND {readable()} AND {wanted()}", ascending, limit)


@functools.lru_cache
def _by_author(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT e.at, e.by_id, p, a
        FROM entry e JOIN post p ON p.id = e.post_id JOIN profile a ON a.id = p.author_id
        JOIN profile b ON b.id = e.by_id
        WHERE e.by_id = %(author)s AND e.at {beyond} %(position)s AND {readable()} AND (e.at = p.id OR {seen("b")})
        ORDER BY e.at {order} LIMIT {limit}
    """
    return rows.page(candidates, order=order, limit=limit)


@functools.lru_cache
def _pinned(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT e.since AS at, NULL::bigint AS by_id, p, a
        FROM mark e JOIN post p ON p.id = e.post_id JOIN profile a ON a.id = p.author_id
        WHERE e.profile_id = %(author)s AND e.kind = 'pin' AND e.since {beyond} %(position)s AND {readable()}
        ORDER BY e.since {order} LIMIT {limit}
    """
    return rows.page(candidates, order=order, limit=limit)


@functools.lru_cache
def _of_list(ascending: bool, limit: int) -> str:
    order, _ = sql.direction(ascending)
    people = f"""
        SELECT m.profile_id AS id, {heads.whole_range(ascending)}
        FROM feed_list l JOIN list_member m ON m.feed_list_id = l.id
        WHERE l.id = %(list)s AND l.owner_id = %(viewer)s"""
    found = heads.entries(people, brings=_BRINGS_TO_LIST, order=order, limit=limit)
    return rows.page(found, order=order, limit=limit)


@functools.lru_cache
def _tagged(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT {rows.PLAIN} FROM post_tag t JOIN post p ON p.id = t.post_id JOIN profile a ON a.id = p.author_id
        WHERE t.name = %(tag)s AND t.post_id {beyond} %(position)s AND {listed()} AND {readable()} AND {wanted()}
        ORDER BY t.post_id {order} LIMIT {limit}
    """
    return rows.page(candidates, order=order, limit=limit)


def _page(condition: str, ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT {rows.PLAIN} {_AUTHORED}
        WHERE {condition} AND p.id {beyond} %(position)s
        ORDER BY p.id {order} LIMIT {limit}
    """
    return rows.page(candidates, order=order, limit=limit)
