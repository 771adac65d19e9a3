"""Notifications as somebody may see them now. See Note [What is told is a claim] in `notifications.models`.

A page is two statements: the groups with whoever acted, and their posts.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from posts_project import sql
from posts_project.notifications.models import OPEN_MILLISECONDS, Kind, NotificationSettings
from posts_project.posts import rows
from posts_project.posts import selectors as posts
from posts_project.posts.visibility import filtered, readable
from posts_project.profiles.selectors import SHORT_COLUMNS, short
from posts_project.profiles.visibility import seen, unblocked, unmuted
from shared import snowflakes
from shared.pagination import Keyset
from shared.wire import timestamp

SHOWN_ACTORS = 5
# Beyond, "a thousand" is "a thousand or more": counting costs a probe for each.
MOST_COUNTED = 1_000
# The same for how many are unread, and among how many of them it is looked for those that are to be seen.
MOST_UNREAD, MOST_LOOKED_AT = 100, 1_000

# Whether what actor `w` did still stands: one's likes and reposts are known as far as lists show them.
_STANDS = f"""CASE
    WHEN n.kind IN ('like', 'repost') THEN EXISTS (
        SELECT FROM mark WHERE profile_id = w.id AND post_id = n.post_id AND kind = n.kind OFFSET 0) AND {seen("w")}
    WHEN n.kind = 'follow' THEN EXISTS (
        SELECT FROM follow WHERE follower_id = w.id AND followee_id = %(viewer)s OFFSET 0)
    WHEN n.kind = 'follow_request' THEN EXISTS (
        SELECT FROM follow_request WHERE follower_id = w.id AND followee_id = %(viewer)s OFFSET 0)
    ELSE true END"""
_SEEN_EVENTS = f"""notification_event e LEFT JOIN profile w ON w.id = e.actor_id
    WHERE e.notification_id = n.id AND (e.actor_id = 0 OR w.state = 'active' AND {unblocked("w.id")}
        AND {unmuted("w.id")} AND {_STANDS})"""

# A post that may be read, in a thread that is not muted, and that still names whom it mentioned.
_POST = "FROM post p JOIN profile a ON a.id = p.author_id WHERE p.id = n.post_id"
_OF_INTEREST = f"""{readable()}
    AND NOT EXISTS (SELECT FROM mark WHERE profile_id = %(viewer)s AND post_id = coalesce(p.thread_id, p.id)
        AND kind = 'mute' OFFSET 0)
    AND (n.kind <> 'mention' OR EXISTS (
        SELECT FROM mention WHERE post_id = p.id AND profile_id = %(viewer)s OFFSET 0))"""


def _shown(of_interest: str) -> str:
    """Whether group `n` is there for the viewer; moderators' words are, whatever became of the post."""
    return f"""(n.post_id = 0 OR n.kind = 'moderation' OR EXISTS (SELECT {_POST} AND {of_interest} OFFSET 0))
        AND EXISTS (SELECT FROM {_SEEN_EVENTS} OFFSET 0)"""


_SHOWN = _shown(_OF_INTEREST)
_READ_UP_TO = "coalesce((SELECT read_up_to FROM notification_settings WHERE profile_id = %(viewer)s), 0)"

_UNREAD = f"""
    SELECT count(*) FROM (
        SELECT FROM (
            SELECT * FROM notification WHERE profile_id = %(viewer)s AND id > {_READ_UP_TO}
            ORDER BY id DESC LIMIT {MOST_LOOKED_AT}) n
        WHERE {_shown(f"{_OF_INTEREST} AND array_position({filtered()}, NULL) IS NULL")} LIMIT {MOST_UNREAD}) u
"""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A notification as clients get it. `at` is when the last of it happened, a snowflake."""

    at: int
    body: dict[str, Any]


def page(viewer_id: int, page: Keyset) -> list[sql.Row]:
    """Up to `page.fetch` groups in reading order, for `shown`."""
    statement = _page(page.ascending, page.fetch)
    return sql.rows(statement, {"viewer": viewer_id, "position": sql.position(page)})


def position(row: sql.Row) -> int:
    return int(row[0])


def shown(found: Sequence[sql.Row], *, viewer_id: int) -> list[Shown]:
    """`found` without those whose posts the viewer's filters hide: fewer, perhaps, than there are places on a page."""
    wanted = {row[2] for row in found if row[2]}
    by_id = posts.found(sorted(wanted), viewer_id=viewer_id) if wanted else {}
    hidden = {number for number, row in by_id.items() if rows.is_hidden(row)}
    return [
        Shown(at=row[4], body=_body(row, by_id.get(row[2])))
        for row in found
        if row[2] not in hidden or row[1] == Kind.MODERATION
    ]


def among(ids: Collection[int], *, viewer_id: int) -> list[Shown]:
    """Those of `ids` that are there for the viewer, whose they are; oldest first."""
    return shown(sql.rows(_AMONG, {"viewer": viewer_id, "ids": list(ids)}), viewer_id=viewer_id)


def since(viewer_id: int, *, after: int, limit: int) -> list[Shown]:
    """The newest `limit` of which something happened after `after`, a snowflake; oldest first."""
    oldest = after - (OPEN_MILLISECONDS << snowflakes.RANDOM_BITS)
    found = sql.rows(_SINCE, {"viewer": viewer_id, "after": after, "oldest": oldest, "limit": limit})
    return shown(found[::-1], viewer_id=viewer_id)


def unread_count(viewer_id: int) -> int:
    """How many are unread; no more than a hundred are counted."""
    return int(sql.rows(_UNREAD, {"viewer": viewer_id})[0][0])


def preferences(profile_id: int) -> dict[str, bool]:
    """Kind → whether one is told of it."""
    off = NotificationSettings.objects.filter(profile_id=profile_id).values_list("off", flat=True).first()
    return as_preferences(off or [])


def as_preferences(off: Collection[str]) -> dict[str, bool]:
    return {kind: kind not in off for kind in Kind.values}


def _body(row: sql.Row, post: sql.Row | None) -> dict[str, Any]:
    number, kind, _, read, _, count, actors = row
    return {
        "id": str(number),
        "type": kind,
        "created_at": timestamp(snowflakes.created_at(number)),
        "read": read,
        "actors": [short(*actor) for actor in orjson.loads(actors)],
        "count": count,
        "post": rows.post(post) if post else None,
    }


def _whole(groups: str, order: str) -> str:
    """With whoever acted, newest first, and when the last of them did."""
    columns = sql.columns(SHORT_COLUMNS, table="w")
    names = ", ".join(SHORT_COLUMNS)
    return f"""
        SELECT n.id, n.kind, n.post_id, n.id <= {_READ_UP_TO}, e.* FROM ({groups}) n CROSS JOIN LATERAL (
            SELECT max(at), count(*), coalesce(json_agg(json_build_array({names}) ORDER BY at DESC)
                FILTER (WHERE place <= {SHOWN_ACTORS} AND id IS NOT NULL), '[]')::text
            FROM (
                SELECT e.at, {columns}, row_number() OVER (ORDER BY e.at DESC) AS place FROM {_SEEN_EVENTS}
                ORDER BY e.at DESC LIMIT {MOST_COUNTED}) e) e
        ORDER BY {order}"""


@functools.lru_cache
def _page(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    groups = f"""
        SELECT n.* FROM notification n WHERE n.profile_id = %(viewer)s AND n.id {beyond} %(position)s AND {_SHOWN}
        ORDER BY n.id {order} LIMIT {limit}"""
    return _whole(groups, f"n.id {order}")


_AMONG = _whole(
    f"SELECT n.* FROM notification n WHERE n.id = ANY(%(ids)s) AND n.profile_id = %(viewer)s AND {_SHOWN}", "n.id"
)
_SINCE = _whole(
    f"""SELECT n.* FROM notification n
        WHERE n.profile_id = %(viewer)s AND n.id > %(oldest)s AND {_SHOWN}
            AND EXISTS (SELECT FROM notification_event WHERE notification_id = n.id AND at > %(after)s OFFSET 0)
        ORDER BY n.id DESC LIMIT %(limit)s""",
    "n.id DESC",
)
