"""The trends, as far as there is still something behind them that the viewer may meet."""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

import functools

from posts_project import sql
from posts_project.posts.visibility import listed, readable
from shared.pagination import Keyset

_IS_SHOWN = f"""
    NOT EXISTS (SELECT FROM withheld_tag w WHERE w.name = t.name) AND EXISTS (
        SELECT FROM (SELECT post_id FROM post_tag WHERE name = t.name ORDER BY post_id DESC OFFSET 0) e
        JOIN LATERAL (
            SELECT FROM post p JOIN profile a ON a.id = p.author_id
            WHERE p.id = e.post_id AND {listed()} AND {readable()} OFFSET 0) s ON true)"""


def trends(page: Keyset[str], *, viewer_id: int) -> list[sql.Row]:
    """Up to `page.fetch` rows: run, place, name, posts, authors; first places first, all of one run."""
    position = page.after if page.ascending else page.before
    run, place = map(int, position.split(".")) if position else (None, 0)
    parameters = {"run": run, "place": place, "viewer": viewer_id}
    return sql.rows(_statement(page.ascending, page.fetch), parameters)


def position(row: sql.Row) -> str:
    return f"{row[0]}.{row[1]}"


@functools.lru_cache
def _statement(backward: bool, limit: int) -> str:
    order, beyond = ("DESC", "<") if backward else ("ASC", ">")
    return f"""
        SELECT t.run, t.place, t.name, t.posts, t.authors FROM trend t
        WHERE t.run = coalesce(%(run)s::bigint, (SELECT max(run) FROM trend)) AND t.place {beyond} %(place)s
            AND {_IS_SHOWN}
        ORDER BY t.place {order} LIMIT {limit}"""
