"""Tags by their beginning: of those with which there is a post that the viewer could meet in the tag's timeline."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools

from posts_project import sql
from posts_project.posts.text import tag_name
from posts_project.posts.visibility import listed, readable, wanted
from shared.pagination import Keyset

# Above every character of a name.
_END = "\U0010ffff"

# OFFSET 0: asked of one name after the other, in their order, which a join would not keep.
_IS_SHOWN = f"""
    NOT EXISTS (SELECT FROM withheld_tag w WHERE w.name = t.name OFFSET 0) AND EXISTS (
        SELECT FROM post_tag e JOIN post p ON p.id = e.post_id JOIN profile a ON a.id = p.author_id
        WHERE e.name = t.name AND {listed()} AND {readable()} AND {wanted()} OFFSET 0)"""


def found(text: str, page: Keyset[str], *, viewer_id: int) -> list[sql.Row]:
    """Up to `page.fetch` rows of one name, in rising order; none where no tag can begin so."""
    beginning = tag_name(text.strip())
    if beginning is None:
        return []
    end = beginning + _END
    place = page.after if page.ascending else page.before
    # Forward, the beginning itself is a name as well.
    bounds = {"low": beginning, "high": end, "position": place, "viewer": viewer_id}
    return sql.rows(_statement(page.ascending, place is None, page.fetch), bounds)


def name(row: sql.Row) -> str:
    return str(row[0])


@functools.lru_cache
def _statement(backward: bool, is_first: bool, limit: int) -> str:
    """From one name to the next by the index, however many posts have it (migration 0001), as long as LIMIT asks."""
    order, past = ("~>~", "~<~") if backward else ("~<~", "~>~")
    within = "n.name ~>=~ %(low)s AND n.name ~<~ %(high)s"

    def first(condition: str) -> str:
        return f"SELECT n.name FROM post_tag n WHERE {within} AND {condition} ORDER BY n.name USING {order} LIMIT 1"

    return f"""
        WITH RECURSIVE t (name) AS (
            ({first("true" if is_first else f"n.name {past} %(position)s")})
            UNION ALL SELECT ({first(f"n.name {past} t.name")}) FROM t WHERE t.name IS NOT NULL)
        SELECT t.name FROM t WHERE t.name IS NOT NULL AND {_IS_SHOWN} LIMIT {limit}"""
