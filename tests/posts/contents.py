"""What the database holds, to see what a call has done to it.

One statement each: with a round trip for every table, looking took more time than what was looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

# What says that something was called, not what it did.
OF_CALLS = {"rate_counter", "idempotent_answer", "stale_file"}


def contents() -> dict[str, list[str]]:
    """Every row of every table of ours, and the jobs that wait."""
    found: dict[str, list[str]] = {table: [] for table in _measures()}
    for table, row in _rows(_every_row()):
        found[table].append(row)
    return found


def changes(work: Callable[[], object]) -> dict[str, int]:
    """By how many rows each table has grown through `work`; of slotted counters, what they have been raised by."""
    before = _sizes()
    work()
    return {table: after - before[table] for table, after in _sizes().items() if after != before[table]}


def is_stored(text: str) -> bool:
    """Whether some column of some row holds exactly that."""
    return bool(_rows(_who_holds(), {"text": text}))


def _sizes() -> dict[str, int]:
    return {table: int(size) for table, size in _rows(_every_size())}


@cache
def _every_row() -> str:
    return " UNION ALL ".join(f"SELECT '{table}', t::text FROM {table} t" for table in _measures()) + " ORDER BY 1, 2"


@cache
def _every_size() -> str:
    return " UNION ALL ".join(f"SELECT '{table}', {measure} FROM {table}" for table, measure in _measures().items())


@cache
def _who_holds() -> str:
    columns = {model._meta.db_table: _columns_with_text(model) for model in _models()}
    return " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE %(text)s IN ({', '.join(names)})" for table, names in columns.items() if names
    )


def _columns_with_text(model: type[models.Model]) -> list[str]:
    kinds = models.CharField, models.TextField
    return [field.column for field in model._meta.concrete_fields if isinstance(field, kinds)]


def _models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("posts_project."))


def _measures() -> dict[str, str]:
    """The names of the tables, each with the aggregate that measures it."""
    measures = {model._meta.db_table: _measure(model) for model in _models()}
    measures["procrastinate_jobs"] = "count(*)"
    return {table: measure for table, measure in measures.items() if table not in OF_CALLS}


def _measure(model: type[models.Model]) -> str:
    names = {field.attname: field for field in model._meta.concrete_fields}
    if "slot" not in names:
        return "count(*)"
    counts = [name for name, field in names.items() if type(field) is models.IntegerField]
    return f"coalesce(sum({' + '.join(counts)}), 0)"


def _rows(statement: str, values: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
