"""The home timeline's statement: one prepared SELECT for any page of any owner. See Note [Coverage of a timeline].

`fanned` are the entries kept for the owner, but for what the muted brought, whose posts need not be read; `walked` are
those of pulled authors whom the owner follows, as far as `fanned` reaches, among the first few thousand that all such
authors brought; `found` are those of authors that the two-stage query must look at: pulled ones beyond that `edge`,
where the page is not full by then, and, where it goes below the owner's floor, everybody whom the owner follows;
`tagged` are public posts with a tag that the owner follows, as far as the page can reach.
It costs where it runs: what need not be looked at is gated.

`reach` says where pulled authors are merged (`low`, `high`, if `new`) and where all are read (`low2`, `high2`, `old`),
`merging` is the former for who follows any such author, `rest` what of it was not walked through.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import re

from posts_project.feeds import heads
from posts_project.posts import rows
from posts_project.posts.visibility import listed
from posts_project.profiles.visibility import unmuted
from shared.snowflakes import MAX_ID

_FOLLOWED = "SELECT followee_id AS id FROM follow WHERE follower_id = %(viewer)s"
_EVERYBODY = f"SELECT id FROM ({_FOLLOWED} UNION SELECT %(viewer)s) e"

# To look at one pulled author takes six buffers and more where they bring much, to walk through so many entries of all
# of them forty and a millisecond. Who follows three of ten thousand such authors may not find a page in these.
MOST_WALKED = 5_000

_BLANKS = re.compile(r"\s*([(),=<>])\s*|\s+")

_TAGS = "SELECT name FROM tag_follow WHERE profile_id = %(viewer)s"

# By the owner, or somebody they follow, who is present: nothing private is between them, and no block; or by its
# author, for one of its tags, which is only asked where the owner follows any.
_BRINGS = f"""(SELECT state FROM profile WHERE id = o.by_id) = 'active' AND (o.by_id = %(viewer)s
    OR EXISTS (SELECT FROM follow WHERE follower_id = %(viewer)s AND followee_id = o.by_id OFFSET 0)
    OR (SELECT EXISTS ({_TAGS})) AND o.at = p.id AND {listed()}
        AND EXISTS (SELECT FROM post_tag WHERE post_id = p.id AND name IN ({_TAGS}) OFFSET 0))"""

# What one's people bring, and with it what followed tags do; each once.
_BOTH = """
    TABLE found
    UNION ALL SELECT * FROM tagged WHERE NOT EXISTS (SELECT FROM found e WHERE e.at = tagged.at)"""


def statement(*, ascending: bool, limit: int) -> str:
    """For parameters `viewer` and `position`; its rows are those of `posts.rows`."""
    return _page(*_served(ascending=ascending, limit=limit), order=_order(ascending), limit=limit)


def two_stage(*, ascending: bool, limit: int) -> str:
    """The same page without any kept timeline: what serves a new or returning owner, and the oracle of the tests."""
    return _page(_oracle(ascending=ascending, limit=limit), _BOTH, order=_order(ascending), limit=limit)


def compared(*, limit: int) -> str:
    """A page downward as `statement` serves it and as `two_stage` would, both of one moment: rows of whether it is the
    former, `at`, who brought it and the post."""
    parts, candidates = _served(ascending=False, limit=limit)
    oracle = _oracle(ascending=False, limit=limit)
    cut = f"ORDER BY at DESC LIMIT {limit}"
    return _compact(f"""
        SELECT true, at, by_id, (p).id FROM (WITH {parts} SELECT * FROM ({candidates}) x {cut}) served
        UNION ALL
        SELECT false, at, by_id, (p).id FROM (WITH {oracle} SELECT * FROM ({_BOTH}) x {cut}) oracle
    """)


def since(*, limit: int) -> str:
    """The newest entries after `after`, without any kept timeline: some job may not have brought them there yet."""
    bounds = f"%(after)s::bigint + 1 AS low, {MAX_ID} AS high"
    return _page(_parts(_EVERYBODY, bounds, "DESC", limit), _BOTH, order="DESC", limit=limit)


def one() -> str:
    """The entry that `by` brought at `at`, if it is shown at home: the viewer's own, or of somebody or with a tag that
    they follow."""
    bounds = "%(at)s::bigint AS low, %(at)s::bigint + 1 AS high"
    parts = _parts(f"SELECT id FROM ({_EVERYBODY}) e WHERE id = %(by)s", bounds, "DESC", 1)
    return _page(parts, _BOTH, order="DESC", limit=1)


def _served(*, ascending: bool, limit: int) -> tuple[str, str]:
    """The named parts of the statement, and the candidates for a page that it makes of them."""
    kept, reach = _upward(limit) if ascending else _downward(limit)
    order = _order(ascending)
    pulled = f"{_FOLLOWED} AND pull"
    authors = f"""
        SELECT f.id, r.low, r.high FROM ({pulled} AND (SELECT EXISTS (TABLE rest))) f, rest r
        UNION ALL SELECT f.id, r.low2, r.high2
        FROM ({_EVERYBODY} WHERE (SELECT old FROM reach)) f, reach r"""
    tags = f"""
        SELECT t.name, CASE WHEN r.old THEN r.low2 ELSE r.low END AS low,
            CASE WHEN r.new THEN r.high ELSE r.high2 END AS high
        FROM ({_TAGS}) t, reach r"""
    entries = heads.entries(authors, brings=_BRINGS, order=order, limit=limit)
    walked = heads.pulled("TABLE merging", brings=_BRINGS, order=order, limit=limit, most=MOST_WALKED)
    candidates = """
        TABLE fanned
        UNION ALL SELECT * FROM found WHERE NOT EXISTS (SELECT FROM fanned e WHERE e.at = found.at)
        UNION ALL SELECT * FROM tagged WHERE NOT EXISTS (SELECT FROM fanned e WHERE e.at = tagged.at)
            AND NOT EXISTS (SELECT FROM found e WHERE e.at = tagged.at)"""
    parts = f"""
        cover AS (
            SELECT coalesce((SELECT floor FROM timeline_owner WHERE owner_id = %(viewer)s), {MAX_ID}) AS floor),
        fanned AS (
            SELECT {heads.COLUMNS} FROM timeline e {heads.POSTS}
            WHERE e.owner_id = %(viewer)s AND {kept} AND {unmuted("e.by_id")} AND {heads.shown(_BRINGS)}
            ORDER BY e.at {order} LIMIT {limit}),
        reach AS (SELECT {reach} FROM fanned),
        merging AS (SELECT low, high FROM reach WHERE new AND EXISTS ({pulled})),
        walked AS ({walked}),
        rest AS (
            SELECT {_beyond("edge", ascending)} FROM merging r, LATERAL {heads.edge(order, most=MOST_WALKED)} e
            WHERE (SELECT count(*) FROM walked) < {limit}),
        {_found(f"({entries}) UNION ALL TABLE walked", tags, order, limit)}"""
    return parts, candidates


def _oracle(*, ascending: bool, limit: int) -> str:
    return _parts(_EVERYBODY, heads.whole_range(ascending), _order(ascending), limit)


def _parts(people: str, bounds: str, order: str, limit: int) -> str:
    """`found` and `tagged` within the columns `low` and `high`, of those people and of followed tags."""
    people = f"SELECT id, {bounds} FROM ({people}) f"
    entries = heads.entries(people, brings=_BRINGS, order=order, limit=limit)
    return _found(entries, f"SELECT name, {bounds} FROM ({_TAGS}) t", order, limit)


def _found(entries: str, tags: str, order: str, limit: int) -> str:
    return f"""
        found AS ({entries}),
        tagged AS ({heads.tagged(tags, order=order, limit=limit)})"""


def _page(parts: str, candidates: str, *, order: str, limit: int) -> str:
    return _compact(f"WITH {parts} {rows.page(candidates, order=order, limit=limit)}")


def _beyond(edge: str, ascending: bool) -> str:
    """What is left of a span (low, high) where everything up to `edge` is done."""
    return f"{edge} + 1 AS low, high" if ascending else f"low, {edge} AS high"


def _order(ascending: bool) -> str:
    return "ASC" if ascending else "DESC"


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
