"""Many rows into a model's table by COPY, whatever columns the model has by now."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models.expressions import Expression
from psycopg import sql

NULL = r"\N"
ROWS_AT_ONCE = 10_000

_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique
"""


class Rows:
    """Rows of `model`, of which `columns` differ; all others have the model's default.

    Values are written as they are: numbers, booleans, `NULL`, texts without tabs, line breaks and backslashes.
    """

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self._link = _superuser_connection()
        given = [_column(model, name) for name in columns]
        defaults = _defaults(model, without=given)
        self._rest = "".join(f"\t{text}" for text in defaults.values()) + "\n"
        self._statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, [*given, *defaults])),
        )
        self._lines: list[str] = []
        self._cleanup = ExitStack()

    def __enter__(self) -> "Rows":
        self._cleanup.enter_context(self._link)
        cursor = self._cleanup.enter_context(self._link.cursor())
        self._copy = self._cleanup.enter_context(cursor.copy(self._statement))
        return self

    def __exit__(self, *failure: Any) -> None:
        if failure == (None, None, None):
            self._flush()
        self._cleanup.__exit__(*failure)

    def add(self, *values: object) -> None:
        self._lines.append("\t".join(map(str, values)))
        if len(self._lines) == ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            self._copy.write(self._rest.join(self._lines) + self._rest)
            self._lines.clear()


@contextmanager
def without_indexes(*tables: type[models.Model]) -> Iterator[None]:
    """Inside, the tables have their unique indexes alone; the others are built at the end, at once, which is faster."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [[model._meta.db_table for model in tables]])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        execute(definition)


def execute(statement: str, parameters: Any = None) -> None:
    """A statement that may take minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(statement, parameters)
        cursor.execute("RESET statement_timeout")


def _superuser_connection() -> psycopg.Connection[Any]:
    """One that checks no foreign keys: the generator names only rows that it has made."""
    parameters = connection.get_connection_params()
    link = psycopg.connect(**parameters)
    link.execute("SET statement_timeout = 0")
    link.execute("SET session_replication_role = replica")
    return link


def _column(model: type[models.Model], name: str) -> str:
    columns = {field.name: str(field.column) for field in model._meta.concrete_fields}
    return columns[name]


def _defaults(model: type[models.Model], *, without: list[str]) -> dict[str, str]:
    """Column → default as COPY takes it; those that the database fills by itself are left to it."""
    fields = [field for field in model._meta.concrete_fields if field.column not in without]
    defaults = {str(field.column): field.get_default() for field in fields}
    return {column: _literal(value) for column, value in defaults.items() if not isinstance(value, Expression)}


def _literal(value: Any) -> str:
    if value is None:
        return NULL
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
