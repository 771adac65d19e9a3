"""What surrounds a post, as far as the viewer may read it: its thread, its replies, and what it said before."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posts_project import sql
from posts_project.posts import rows
from posts_project.posts.visibility import readable
from shared import snowflakes
from shared.pagination import Keyset
from shared.wire import timestamp

MOST_POSTS = 200
# How many descendants are looked at: in a thread of a hundred thousand the oldest are found without walking them all.
MOST_VISITED = 2_000

_POSTS = "JOIN post p ON p.id = t.id JOIN profile a ON a.id = p.author_id"

# The post itself is among its ancestors here, so that one statement tells whether it may be read at all.
_UPWARD = rows.page(
    f"""WITH RECURSIVE t (id, parent_id, depth) AS (
        SELECT id, in_reply_to_id, 1 FROM post WHERE id = %(post)s
        UNION ALL SELECT p.id, p.in_reply_to_id, depth + 1 FROM t JOIN post p ON p.id = t.parent_id
        WHERE depth < {MOST_POSTS})
    SELECT {rows.PLAIN} FROM t {_POSTS} WHERE {readable()}""",
    order="ASC",
    limit=MOST_POSTS,
)

_DOWNWARD = rows.page(
    f"""WITH RECURSIVE t (id) AS (
        SELECT id FROM post WHERE in_reply_to_id = %(post)s
        UNION ALL SELECT p.id FROM t JOIN post p ON p.in_reply_to_id = t.id)
    SELECT {rows.PLAIN} FROM (SELECT id FROM t LIMIT {MOST_VISITED}) t {_POSTS} WHERE {readable()}
    ORDER BY p.id LIMIT %(room)s""",
    order="ASC",
    limit=MOST_POSTS,
)

# The post as it stands is one above the highest version that is kept.
_HISTORY = f"""
    SELECT v.* FROM post p JOIN profile a ON a.id = p.author_id CROSS JOIN LATERAL (
        SELECT 1 + (SELECT count(*) FROM post_version WHERE post_id = p.id) AS number, p.text, p.spoiler_text,
            p.edited_at
        UNION ALL SELECT number, text, spoiler_text, created_at FROM post_version WHERE post_id = p.id) v
    WHERE p.id = %(post)s AND {readable()} AND v.number {{beyond}} %(position)s
    ORDER BY v.number {{order}} LIMIT {{limit}}
"""


@dataclass(frozen=True)
class Thread:
    """Both oldest first; what the viewer may not read is left out."""

    ancestors: list[dict[str, Any]]
    descendants: list[dict[str, Any]]


def thread(post_id: int, *, viewer_id: int) -> Thread | None:
    """What came before and after a post, at most two hundred posts; None where the viewer may not read it."""
    wanted = {"post": post_id, "viewer": viewer_id}
    upward = sql.rows(_UPWARD, wanted)
    if not upward or rows.post_id(upward[-1]) != post_id:
        return None
    downward = sql.rows(_DOWNWARD, {**wanted, "room": MOST_POSTS - len(upward)})
    return Thread(
        ancestors=[rows.post(row) for row in upward[:-1]],
        descendants=[rows.post(row) for row in downward],
    )


def replies(post_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row] | None:
    """Direct replies, newest first; None where the viewer may not read the post."""
    return _naming("in_reply_to_id", post_id, page, viewer_id)


def quotes(post_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row] | None:
    """Posts that quote this one, newest first; None where the viewer may not read it."""
    return _naming("quote_of_id", post_id, page, viewer_id)


def history(post_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row]:
    """Version number, text, spoiler and time of what the post says and said; no time where it was never edited."""
    order, beyond = sql.direction(page.ascending)
    statement = _HISTORY.format(order=order, beyond=beyond, limit=page.fetch)
    return sql.rows(statement, {"post": post_id, "viewer": viewer_id, "position": sql.position(page)})


def version(row: sql.Row, *, post_id: int) -> dict[str, Any]:
    said_at: datetime = row[3] or snowflakes.created_at(post_id)
    return {"text": row[1], "spoiler_text": row[2], "created_at": timestamp(said_at)}


def _naming(column: str, post_id: int, page: Keyset, viewer_id: int) -> list[sql.Row] | None:
    parameters = {"post": post_id, "viewer": viewer_id, "position": sql.position(page)}
    found = sql.rows(_naming_statement(column, page.ascending, page.fetch), parameters)
    return [row for row in found if row[0] is not None] if found else None


@functools.lru_cache
def _naming_statement(column: str, ascending: bool, limit: int) -> str:
    """No row where the post `t` is not to be read, and one of nulls where it is but nothing names it."""
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT {rows.PLAIN} FROM post p JOIN profile a ON a.id = p.author_id
        WHERE p.{column} = %(post)s AND p.id {beyond} %(position)s AND {readable()}
        ORDER BY p.id {order} LIMIT {limit}"""
    return f"""
        SELECT n.* FROM post t JOIN profile w ON w.id = t.author_id
        LEFT JOIN LATERAL ({rows.page(candidates, order=order, limit=limit)}) n ON true
        WHERE t.id = %(post)s AND {readable(post="t", author="w")}
        ORDER BY n.at {order}"""
