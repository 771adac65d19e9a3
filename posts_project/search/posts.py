"""Posts by their words, one prepared statement a page. See Note [Epochs] in `posts.epochs`.

Note [Order of what is found]: posts in which the words stand side by side and whole, as they were typed, come before
all others that have them; each of the two newest first. A post's place is its id, with a bit above all ids for the
first kind: it depends on nothing but what the post says, so no page repeats or hides one, whatever arrives meanwhile.

Note [Beginnings]: to look up the beginning of a word is to read in the index all that is there of all words that begin
so, whatever the epoch: 50 ms where half of two million posts have one. So the posts with everything else that is looked
for are walked first, one by one (`ts_match_vq`, which no index knows), from where the page begins. Where a thousand of
them have not filled it, not one in fifty has such a word, so there is little of it in the index, too, and it is asked:
few times, for long epochs.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from posts_project import sql
from posts_project.posts import rows
from posts_project.posts.visibility import listed, readable, wanted
from posts_project.search import steps
from posts_project.search.query import Query, Terms, terms
from posts_project.search.steps import CLOSE_BIT, Bounds, Step
from shared.pagination import Keyset

MOST_WALKED = 1_000
# What is public, and one's own.
_MAY_BE_FOUND = f"({listed()} OR p.author_id = %(viewer)s) AND {readable()} AND {wanted()}"

_AUTHORS = "SELECT username, id FROM profile WHERE username = ANY(%(names)s)"


def found(query: Query, page: Keyset, *, viewer_id: int, now: datetime) -> list[sql.Row]:
    """Up to `page.fetch` rows of `posts.rows`. Two statements, or one where no author is named."""
    ids = _ids([*query.authors, *query.other_authors])
    authors = [ids[name] for name in query.authors if name in ids]
    if query.finds_nothing or (query.authors and not authors):
        return []
    others = [ids[name] for name in query.other_authors if name in ids]
    meant = terms(query, author_ids=authors, other_author_ids=others)
    within = steps.bounds(query, now)
    parameters = {
        "viewer": viewer_id,
        "close": meant.close or "",
        "rest": meant.rest,
        **_as_arrays(list(steps.of_page(meant, page, within))),
        **_of_walk(meant, page, steps.left(within, page, is_close=False)),
    }
    return sql.rows(_statement(page.ascending, page.fetch, meant.exact), parameters)


def _ids(names: Sequence[str]) -> dict[str, int]:
    return dict(sql.rows(_AUTHORS, {"names": names})) if names else {}


def _as_arrays(asked: Sequence[Step]) -> dict[str, Any]:
    return {
        "epochs": [f"'{step.epoch}'" if step.epoch else "" for step in asked],
        "lows": [step.low for step in asked],
        "highs": [step.high for step in asked],
        "are_close": [step.is_close for step in asked],
        "are_walks": [step.is_walk for step in asked],
    }


def _of_walk(meant: Terms, page: Keyset, part: Bounds) -> dict[str, Any]:
    """What the statement wants to know where something is walked."""
    if meant.exact is None:
        return {}
    path = [f"'{epoch}'" for epoch in steps.short_epochs(part, page)] if meant.exact else []
    return {"exact": meant.exact, "path": path, "low": part.low, "high": part.high, "most": MOST_WALKED}


def _statement(ascending: bool, limit: int, exact: str | None) -> str:
    if exact is None:
        return _asked(ascending, limit)
    return _walked_and_asked(ascending, limit, has_exact=bool(exact))


@functools.lru_cache
def _asked(ascending: bool, limit: int) -> str:
    return _page(_in_epoch(ascending), ascending, limit)


@functools.lru_cache
def _walked_and_asked(ascending: bool, limit: int, *, has_exact: bool) -> str:
    """The walk ends when the page is full (a CTE is read no further than need be), so that its `end` is looked for only
    where it is not. Without an end all has been walked."""
    order, beyond = sql.direction(ascending)
    edge, furthest = ("high", "max") if ascending else ("low", "min")
    end = "(SELECT id FROM walk_end)"
    is_asked = f"NOT e.is_walk AND (e.is_close OR e.{edge} {beyond} {end})"
    more = f"{is_asked} AND (e.is_close OR w.post_id {beyond} {end})"
    walk = _walk_of_some(order) if has_exact else _walk_of_all(order)
    found_in_one = f"""
        SELECT w.post_id FROM walk w WHERE e.is_walk AND ts_match_vq(w.words, %(rest)s::tsquery)
        UNION ALL ({_in_epoch(ascending, more)})"""
    return f"""
        WITH walk AS MATERIALIZED ({walk} LIMIT %(most)s),
        walk_end AS MATERIALIZED (
            SELECT CASE WHEN count(*) = %(most)s THEN {furthest}(post_id) END AS id FROM walk)
        {_page(found_in_one, ascending, limit)}"""


def _page(found_in_one: str, ascending: bool, limit: int) -> str:
    """The steps are taken in their order, as nothing else than a loop over them can be planned (LATERAL), and no more
    of them than need be (LIMIT without ORDER BY). So are the posts found in one read one by one (OFFSET 0)."""
    order, _ = sql.direction(ascending)
    candidates = f"""
        SELECT (e.is_close::int::bigint << {CLOSE_BIT}) + w.post_id AS at, NULL::bigint AS by_id, s.p, s.a
        FROM unnest(%(epochs)s::text[], %(lows)s::bigint[], %(highs)s::bigint[], %(are_close)s::boolean[],
            %(are_walks)s::boolean[]) e (epoch, low, high, is_close, is_walk)
        CROSS JOIN LATERAL ({found_in_one}) w
        CROSS JOIN LATERAL (
            SELECT p, a FROM post p JOIN profile a ON a.id = p.author_id
            WHERE p.id = w.post_id AND {_MAY_BE_FOUND} OFFSET 0) s
        LIMIT {limit}"""
    return rows.page(candidates, order=order, limit=limit)


def _in_epoch(ascending: bool, more: str = "true") -> str:
    """Two conditions, and not one query of both: the index goes to and fro between them, and so reads of a common word
    only what is in the epoch."""
    order, _ = sql.direction(ascending)
    return f"""
        SELECT w.post_id FROM post_words w
        WHERE {more} AND w.words @@ e.epoch::tsquery
            AND w.words @@ CASE WHEN e.is_close THEN %(close)s::tsquery ELSE %(rest)s::tsquery END
            AND w.post_id + 0 >= e.low AND w.post_id + 0 < e.high
        ORDER BY w.post_id {order} OFFSET 0"""


def _walk_of_all(order: str) -> str:
    return f"""
        SELECT w.post_id, w.words FROM post_words w WHERE w.post_id >= %(low)s AND w.post_id < %(high)s
        ORDER BY w.post_id {order}"""


def _walk_of_some(order: str) -> str:
    return f"""
        SELECT w.post_id, w.words FROM unnest(%(path)s::text[]) e (epoch)
        CROSS JOIN LATERAL (
            SELECT w.post_id, w.words FROM post_words w
            WHERE w.words @@ e.epoch::tsquery AND w.words @@ %(exact)s::tsquery
                AND w.post_id + 0 >= %(low)s AND w.post_id + 0 < %(high)s
            ORDER BY w.post_id {order} OFFSET 0) w"""
