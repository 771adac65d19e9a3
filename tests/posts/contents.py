"""What the database holds, to see what a call has done to it."""

from collections.abc import Callable

from django.apps import apps
from django.db import connection, models

# What says that something was called, not what it did.
OF_CALLS = {"rate_counter", "idempotent_answer", "stale_file"}


def contents() -> dict[str, list[str]]:
    """Every row of every table of ours, and the jobs that wait."""
    return {table: _column(f"SELECT t::text FROM {table} t ORDER BY 1") for table in _tables()}


def changes(work: Callable[[], object]) -> dict[str, int]:
    """By how many rows each table has grown through `work`; of slotted counters, what they have been raised by."""
    before = _sizes()
    work()
    return {table: after - before[table] for table, after in _sizes().items() if after != before[table]}


def is_stored(text: str) -> bool:
    """Whether some column of some row holds exactly that."""
    return any(
        model._default_manager.filter(**{name: text}).exists()
        for model in apps.get_models()
        if model.__module__.startswith("posts_project.")
        for name in _texts(model)
    )


def _texts(model: type[models.Model]) -> list[str]:
    kinds = models.CharField, models.TextField
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, kinds)]


def _sizes() -> dict[str, int]:
    return {table: int(_column(f"SELECT {measure} FROM {table}")[0]) for table, measure in _tables().items()}


def _tables() -> dict[str, str]:
    """Their names, each with the aggregate that measures it."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("posts_project.")]
    measures = {model._meta.db_table: _measure(model) for model in ours}
    measures["procrastinate_jobs"] = "count(*)"
    return {table: measure for table, measure in measures.items() if table not in OF_CALLS}


def _measure(model: type[models.Model]) -> str:
    names = {field.attname: field for field in model._meta.concrete_fields}
    if "slot" not in names:
        return "count(*)"
    counts = [name for name, field in names.items() if type(field) is models.IntegerField]
    return f"coalesce(sum({' + '.join(counts)}), 0)"


def _column(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [str(row[0]) for row in cursor.fetchall()]
