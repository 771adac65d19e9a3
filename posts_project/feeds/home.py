"""The home timeline's statement: one prepared SELECT for any page of any owner. See Note [Coverage of a timeline].

`fanned` are the entries kept for the owner; `found` are those of authors that the two-stage query must look at: pulled
ones as far as `fanned` reaches, and, where the page goes below the owner's floor, everybody whom the owner follows.
It costs where it runs: what need not be looked at is gated.

`reach` says where pulled authors are merged (`low`, `high`, if `new`) and where all are read (`low2`, `high2`, `old`).
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import re

from posts_project.feeds import heads
from posts_project.posts import rows
from shared.snowflakes import MAX_ID

_FOLLOWED = "SELECT followee_id AS id FROM follow WHERE follower_id = %(viewer)s"
_EVERYBODY = f"SELECT id FROM ({_FOLLOWED} UNION SELECT %(viewer)s) e"

_BLANKS = re.compile(r"\s*([(),=<>])\s*|\s+")

# By the owner, or somebody they follow, who is present: nothing private is between them, and no block.
_BRINGS = """(SELECT state FROM profile WHERE id = o.by_id) = 'active' AND (o.by_id = %(viewer)s
    OR EXISTS (SELECT FROM follow WHERE follower_id = %(viewer)s AND followee_id = o.by_id OFFSET 0))"""


def statement(*, ascending: bool, limit: int) -> str:
    """For parameters `viewer` and `position`; its rows are those of `posts.rows`."""
    parts, candidates = _served(ascending=ascending, limit=limit)
    return _compact(f"WITH {parts} {rows.page(candidates, order=_order(ascending), limit=limit)}")


def two_stage(*, ascending: bool, limit: int) -> str:
    """The same page without any kept timeline: what serves a new or returning owner, and the oracle of the tests."""
    return _compact(rows.page(_found(ascending=ascending, limit=limit), order=_order(ascending), limit=limit))


def compared(*, limit: int) -> str:
    """A page downward as `statement` serves it and as `two_stage` would, both of one moment: rows of whether it is the
    former, `at`, who brought it and the post."""
    parts, candidates = _served(ascending=False, limit=limit)
    cut = f"ORDER BY at DESC LIMIT {limit}"
    return _compact(f"""
        SELECT true, at, by_id, (p).id FROM (WITH {parts} SELECT * FROM ({candidates}) x {cut}) served
        UNION ALL
        SELECT false, at, by_id, (p).id FROM (SELECT * FROM ({_found(ascending=False, limit=limit)}) x {cut}) oracle
    """)


def _served(*, ascending: bool, limit: int) -> tuple[str, str]:
    """The named parts of the statement, and the candidates for a page that it makes of them."""
    kept, reach = _upward(limit) if ascending else _downward(limit)
    order = _order(ascending)
    authors = f"""
        SELECT f.id, r.low, r.high FROM ({_FOLLOWED} AND pull AND (SELECT new FROM reach)) f, reach r
        UNION ALL SELECT f.id, r.low2, r.high2
        FROM ({_EVERYBODY} WHERE (SELECT old FROM reach)) f, reach r"""
    candidates = """
        TABLE fanned
        UNION ALL SELECT * FROM found WHERE NOT EXISTS (SELECT FROM fanned e WHERE e.at = found.at)"""
    parts = f"""
        cover AS (
            SELECT coalesce((SELECT floor FROM timeline_owner WHERE owner_id = %(viewer)s), {MAX_ID}) AS floor),
        fanned AS (
            SELECT {heads.COLUMNS} FROM timeline e {heads.POSTS}
            WHERE e.owner_id = %(viewer)s AND {kept} AND {heads.shown(_BRINGS)}
            ORDER BY e.at {order} LIMIT {limit}),
        reach AS (SELECT {reach} FROM fanned),
        found AS ({heads.entries(authors, brings=_BRINGS, order=order, limit=limit)})"""
    return parts, candidates


def _found(*, ascending: bool, limit: int) -> str:
    authors = f"SELECT id, {heads.whole_range(ascending)} FROM ({_EVERYBODY}) f"
    return heads.entries(authors, brings=_BRINGS, order=_order(ascending), limit=limit)


def _order(ascending: bool) -> str:
    return "ASC" if ascending else "DESC"


def since(*, limit: int) -> str:
    """The newest entries after `after`, without any kept timeline: some job may not have brought them there yet."""
    authors = f"SELECT id, %(after)s::bigint + 1 AS low, {MAX_ID} AS high FROM ({_EVERYBODY}) f"
    return _from(authors, limit=limit)


def one() -> str:
    """The entry that `by` brought at `at`, if it is shown at home; of those whom the viewer follows, or their own."""
    authors = f"SELECT id, %(at)s::bigint AS low, %(at)s::bigint + 1 AS high FROM ({_EVERYBODY}) f WHERE id = %(by)s"
    return _from(authors, limit=1)


def _from(authors: str, *, limit: int) -> str:
    found = heads.entries(authors, brings=_BRINGS, order="DESC", limit=limit)
    return _compact(rows.page(found, order="DESC", limit=limit))


def _downward(limit: int) -> tuple[str, str]:
    """What is kept below the position; merge as far down as that fills the page, then go on below the floor."""
    floor = "(SELECT floor FROM cover)"
    kept = f"e.at < %(position)s AND e.at >= {floor}"
    reach = f"""
        CASE WHEN count(*) = {limit} THEN min(at) ELSE {floor} END AS low, %(position)s::bigint AS high, true AS new,
        0::bigint AS low2, least(%(position)s, {floor}) AS high2, count(*) < {limit} AND {floor} > 0 AS old
    """
    return kept, reach


def _upward(limit: int) -> tuple[str, str]:
    """From a place above the floor all is kept or merged; from below it the two-stage query does the whole page."""
    covered = "%(position)s >= (SELECT floor FROM cover)"
    kept = f"e.at > %(position)s AND {covered}"
    reach = f"""
        %(position)s::bigint + 1 AS low, CASE WHEN count(*) = {limit} THEN max(at) ELSE {MAX_ID} END AS high,
        {covered} AS new, %(position)s::bigint + 1 AS low2, {MAX_ID} AS high2, NOT {covered} AS old
    """
    return kept, reach


def _compact(statement: str) -> str:
    """The same with no blank that it can do without; its only literal with a blank stands between quotes alone."""
    return _BLANKS.sub(lambda match: match[1] or " ", statement).strip()
