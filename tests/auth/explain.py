"""What MongoDB says about how it finds documents."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def plan_of(queryset: QuerySet) -> tuple[set[str], int]:
    """The stages of the winning plan, and how many documents were examined."""
    compiler = queryset.query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    pipeline = compiler.build_query().get_pipeline()
    return _explained({"aggregate": queryset.model._meta.db_table, "pipeline": pipeline, "cursor": {}})


def plan_of_command(command: dict[str, Any]) -> tuple[set[str], int]:
    """The same of a command that was overheard."""
    own = {"lsid", "$db", "$clusterTime", "readConcern", "writeConcern"}
    return _explained({name: value for name, value in command.items() if name not in own})


def _explained(command: dict[str, Any]) -> tuple[set[str], int]:
    nodes = list(_nodes(connection.database.command("explain", command, verbosity="executionStats")))
    stages = {node["stage"] for node in nodes if "stage" in node}
    return stages, max(node["totalDocsExamined"] for node in nodes if "totalDocsExamined" in node)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield value
    for child in children:
        yield from _nodes(child)
