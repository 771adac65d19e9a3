"""Posts by their words, one prepared statement a page. See Note [Epochs] in `posts.epochs`.

Note [Order of what is found]: posts in which the words stand side by side and whole, as they were typed, come before
all others that have them; each of the two newest first. A post's place is its id, with a bit above all ids for the
first kind: it depends on nothing but what the post says, so no page repeats or hides one, whatever arrives meanwhile.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
from collections.abc import Sequence
from datetime import datetime

from posts_project import sql
from posts_project.posts import epochs, rows
from posts_project.posts.visibility import listed, readable, wanted
from posts_project.search.query import Query, tsqueries
from shared.pagination import Keyset
from shared.snowflakes import least_id_at

# Above all ids until 2093.
_CLOSE_BIT = 62
# What is public, and one's own.
_MAY_BE_FOUND = f"({listed()} OR p.author_id = %(viewer)s) AND {readable()} AND {wanted()}"

_AUTHORS = "SELECT username, id FROM profile WHERE username = ANY(%(names)s)"


def found(query: Query, page: Keyset, *, viewer_id: int, now: datetime) -> list[sql.Row]:
    """Up to `page.fetch` rows of `posts.rows`. Two statements, or one where no author is named."""
    ids = _ids([*query.authors, *query.other_authors])
    authors = [ids[name] for name in query.authors if name in ids]
    if query.is_empty or (query.authors and not authors):
        return []
    others = [ids[name] for name in query.other_authors if name in ids]
    close, rest = tsqueries(query, author_ids=authors, other_author_ids=others)
    low, high = _bounds(query, now)
    steps = _steps(page, low, high, has_close=close is not None)
    has_beginning = any(phrase.is_beginning for phrase in (*query.wanted, *query.unwanted))
    parameters = {
        "viewer": viewer_id,
        "position": sql.position(page),
        "low": low,
        "high": high,
        "close": close or "",
        "rest": rest,
        "epochs": [f"'{epoch}'" for epoch, _ in steps],
        "kinds": [is_close for _, is_close in steps],
        "walked": [has_beginning and not is_close and epochs.is_shortest(epoch) for epoch, is_close in steps],
    }
    return sql.rows(_statement(page.ascending, page.fetch), parameters)


def _ids(names: Sequence[str]) -> dict[str, int]:
    return dict(sql.rows(_AUTHORS, {"names": names})) if names else {}


def _bounds(query: Query, now: datetime) -> tuple[int, int]:
    """The ids that can be meant, from the first and below the second; other processes' clocks may be ahead."""
    low = least_id_at(query.after) if query.after else 0
    soon = least_id_at(now) + epochs.SHORTEST
    return low, min(soon, least_id_at(query.before)) if query.before else soon


def _steps(page: Keyset, low: int, high: int, *, has_close: bool) -> list[tuple[str, bool]]:
    """Which epochs to ask, in order, and whether for posts with the words side by side."""
    place = sql.position(page)
    is_close, at = bool(place >> _CLOSE_BIT), place & ((1 << _CLOSE_BIT) - 1)
    kinds = [False, True] if page.ascending else [True, False]
    steps = []
    for kind in kinds if has_close else [False]:
        if page.ascending and kind >= is_close:
            begin = max(low, at + 1) if kind == is_close else low
            steps += [(epoch, kind) for epoch in epochs.upward(begin, high)]
        elif not page.ascending and kind <= is_close:
            end = min(high, at) if kind == is_close else high
            steps += [(epoch, kind) for epoch in epochs.downward(low, end)]
    return steps


@functools.lru_cache
def _statement(ascending: bool, limit: int) -> str:
    """The epochs are asked in their order, as nothing else than a loop over them can be planned (LATERAL), and no more
    of them than need be (LIMIT without ORDER BY). So are the posts found in one read one by one (OFFSET 0).

    To look up the beginning of a word is to read in the index all that is there of all words that begin so, whatever
    the epoch. So the shortest epochs are walked instead, post by post (a function, which no index knows): posts with
    the beginning of a common word are found there, and of rarer ones there is less to be read afterwards."""
    terms = "CASE WHEN e.is_close THEN %(close)s::tsquery ELSE %(rest)s::tsquery END"
    order, beyond = sql.direction(ascending)
    candidates = f"""
        SELECT w.at, NULL::bigint AS by_id, s.p, s.a
        FROM unnest(%(epochs)s::text[], %(kinds)s::boolean[], %(walked)s::boolean[]) e (epoch, is_close, is_walked)
        CROSS JOIN LATERAL (
            SELECT w.post_id, (e.is_close::int::bigint << {_CLOSE_BIT}) + w.post_id AS at FROM post_words w
            WHERE w.words @@ CASE WHEN e.is_walked THEN e.epoch::tsquery ELSE e.epoch::tsquery && {terms} END
                AND (NOT e.is_walked OR ts_match_vq(w.words, {terms}))
                AND (e.is_close::int::bigint << {_CLOSE_BIT}) + w.post_id {beyond} %(position)s
                AND w.post_id + 0 >= %(low)s AND w.post_id + 0 < %(high)s
            ORDER BY w.post_id {order} OFFSET 0) w
        CROSS JOIN LATERAL (
            SELECT p, a FROM post p JOIN profile a ON a.id = p.author_id
            WHERE p.id = w.post_id AND {_MAY_BE_FOUND} OFFSET 0) s
        LIMIT {limit}"""
    return rows.page(candidates, order=order, limit=limit)
