"""Who follows, has asked to follow, is blocked or muted by whom: each list one statement, newest first.

A row is its position, the short columns of somebody who is active, and what else the list tells.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from typing import Any

from posts_project import sql
from posts_project.profiles.selectors import SHORT_COLUMNS, short
from posts_project.profiles.visibility import LIVE, seen, unblocked
from shared.pagination import Keyset
from shared.wire import timestamp

_SHORT = sql.columns(SHORT_COLUMNS, table="a")

# Whom a profile follows and who follows it is for those who may learn what it does.
_OPEN = f"""(SELECT {seen("o")} FROM profile o WHERE o.id = %(profile)s) AND {unblocked("a.id")}"""
_FOLLOWERS = f"""
    SELECT e.since, {_SHORT} FROM follow e JOIN profile a ON a.id = e.follower_id
    WHERE e.followee_id = %(profile)s AND {_OPEN}"""
_FOLLOWING = f"""
    SELECT e.since, {_SHORT} FROM follow e JOIN profile a ON a.id = e.followee_id
    WHERE e.follower_id = %(profile)s AND {_OPEN}"""

# The viewer's own. Requests end with a block; a mute outlives it, but nobody is shown across one.
_REQUESTS = f"""
    SELECT e.since, {_SHORT} FROM follow_request e JOIN profile a ON a.id = e.follower_id
    WHERE e.followee_id = %(viewer)s"""
_BLOCKS = f"""
    SELECT e.since, {_SHORT} FROM block e JOIN profile a ON a.id = e.other_id
    WHERE e.profile_id = %(viewer)s AND e.blocks"""
_MUTES = f"""
    SELECT e.since, {_SHORT}, e.expires_at FROM mute e JOIN profile a ON a.id = e.other_id
    WHERE e.profile_id = %(viewer)s AND {LIVE} AND {unblocked("a.id")}"""


def followers(profile_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row]:
    return _run(_FOLLOWERS, page, viewer_id, profile=profile_id)


def following(profile_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row]:
    return _run(_FOLLOWING, page, viewer_id, profile=profile_id)


def requests_to(viewer_id: int, page: Keyset) -> list[sql.Row]:
    """Who asks to follow the viewer."""
    return _run(_REQUESTS, page, viewer_id)


def blocked_by(viewer_id: int, page: Keyset) -> list[sql.Row]:
    return _run(_BLOCKS, page, viewer_id)


def muted_by(viewer_id: int, page: Keyset) -> list[sql.Row]:
    """As long as it lasts; the last column tells until when, null for good."""
    return _run(_MUTES, page, viewer_id)


def entry(row: sql.Row) -> dict[str, Any]:
    return short(*row[1:6])


def muted_entry(row: sql.Row) -> dict[str, Any]:
    return {**entry(row), "expires_at": timestamp(row[6]) if row[6] else None}


def position(row: sql.Row) -> int:
    return int(row[0])


def _run(whom: str, page: Keyset, viewer_id: int, **more: int) -> list[sql.Row]:
    parameters = {"viewer": viewer_id, "position": sql.position(page), **more}
    return sql.rows(_page(whom, page.ascending, page.fetch), parameters)


@functools.lru_cache
def _page(whom: str, ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    return f"{whom} AND a.state = 'active' AND e.since {beyond} %(position)s ORDER BY e.since {order} LIMIT {limit}"
