"""Hand-written statements on Django's connection: prepared at first use, their parameters bound by the server."""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg._queries
from django.db import connection

from shared.pagination import Keyset
from shared.snowflakes import MAX_ID

# psycopg turns `%(name)s` into `$1` once for a text that it keeps, and it keeps none longer than 4,096 bytes: a
# home page has more, and would be taken apart for some hundred microseconds at every call. There is no public setting.
LONGEST_KEPT = 32_768
psycopg._queries.MAX_CACHED_STATEMENT_LENGTH = LONGEST_KEPT

Row = tuple[Any, ...]


def rows(statement: str, parameters: Mapping[str, Any]) -> list[Row]:
    """All rows of `statement`. Its text must be the same at every call (values travel as parameters)."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def row(statement: str, parameters: Mapping[str, Any]) -> Row | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def execute(statement: str, parameters: Mapping[str, Any]) -> int:
    """Run `statement`; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def columns(names: Iterable[str], *, table: str) -> str:
    """`table.a, table.b` for a SELECT list."""
    return ", ".join(f"{table}.{name}" for name in names)


def direction(ascending: bool) -> tuple[str, str]:
    """How a page's rows are ordered, and how they compare to its position."""
    return ("ASC", ">") if ascending else ("DESC", "<")


def position(page: Keyset) -> int:
    """Where `page` begins, exclusively; the far end of all ids where it names no place."""
    if page.after is not None:
        return page.after
    return page.before if page.before is not None else MAX_ID
