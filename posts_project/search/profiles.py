"""Profiles by their names: whose username begins so, then whose names are much like it."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools
import unicodedata

from posts_project import sql
from posts_project.profiles import visibility
from posts_project.profiles.selectors import SHORT_COLUMNS
from shared.pagination import Keyset

# How many names that are alike are looked at, where thousands share one: those who are longest here.
MOST_ALIKE = 1_000

# Above every character of a name.
_END = "\U0010ffff"

_COLUMNS = sql.columns(SHORT_COLUMNS, table="a")
_SHOWN = visibility.found("a")
_BEGINS = "a.username ~>=~ %(sought)s AND a.username ~<~ %(end)s"
# As the index has it (migration 0001).
_NAMES = "(a.username || ' ' || a.display_name)"
# The more alike the earlier.
_PLACE = f"""
    'b' || to_char((1 - word_similarity(%(sought)s, {_NAMES})) * 1000, 'FM0000') || ':' || a.username"""


def found(text: str, page: Keyset[str], *, viewer_id: int) -> list[sql.Row]:
    """Up to `page.fetch` rows, in rising order of their places: the place, then the short columns."""
    sought = unicodedata.normalize("NFKC", text.strip()).casefold().removeprefix("@")
    place = page.after if page.ascending else page.before
    far = _END if page.ascending else ""
    position = {"position": far if place is None else place, "sought": sought, "end": sought + _END}
    return sql.rows(_statement(page.ascending, page.fetch), {"viewer": viewer_id, **position}) if sought else []


def place(row: sql.Row) -> str:
    return str(row[0])


@functools.lru_cache
def _statement(backward: bool, limit: int) -> str:
    """The second kind is only looked for where the first leaves room: what comes first in UNION ALL is read first, and
    no more than LIMIT of all."""
    order, beyond = ("DESC", "<") if backward else ("ASC", ">")
    by_name, past = ("~>~", "~<~") if backward else ("~<~", "~>~")
    begins = f"""
        (SELECT 'a:' || a.username AS place, {_COLUMNS} FROM profile a
        WHERE {_BEGINS} AND a.username {past} CASE WHEN %(position)s LIKE 'a:%%' THEN substr(%(position)s, 3)
            WHEN %(position)s COLLATE "C" < 'a:' THEN '' ELSE %(end)s END AND {_SHOWN}
        ORDER BY a.username USING {by_name} LIMIT {limit})"""
    alike = f"""
        (SELECT * FROM (
            SELECT {_PLACE} AS place, {_COLUMNS} FROM (
                SELECT a.* FROM profile a WHERE {_NAMES} %%> %(sought)s LIMIT {MOST_ALIKE}) a
            WHERE NOT ({_BEGINS}) AND {_SHOWN}) a
        WHERE place COLLATE "C" {beyond} %(position)s
        ORDER BY place COLLATE "C" {order} LIMIT {limit})"""
    kinds = [alike, begins] if backward else [begins, alike]
    return f"""
        SELECT * FROM (SELECT * FROM ({" UNION ALL ".join(kinds)}) x LIMIT {limit}) x
        ORDER BY place COLLATE "C" {order}"""
