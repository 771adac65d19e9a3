"""The tables of docs/limits.md, and what the views of a service say."""

import re
from collections import defaultdict
from pathlib import Path

from django.urls import resolve

from shared.rate_limits import Quota
from tests.operations import Operation, operations

DOCUMENT = Path(__file__).parents[1] / "docs/limits.md"
UNITS = {"s": 1, "min": 60, "h": 3_600}

_BUDGET = re.compile(
    r"^\| `(?P<name>[\w-]+)` \| (?P<limit>\d+) \| (?P<window>\d+) (?P<unit>\w+) \| (?P<per>\w+) "
    r"\| (?P<operations>.+) \|$",
    re.MULTILINE,
)
_GUESSES = re.compile(r"^\| `(?P<name>[\w-]+)` \| (?P<limit>\d+) \| (?P<window>\d+) (?P<unit>\w+) \|", re.MULTILINE)


def documented(service: str) -> dict[Quota, set[str]]:
    """Each budget of the service's table with the operations that it is for."""
    return {
        Quota(name=row["name"], limit=int(row["limit"]), window_seconds=_seconds(row), per=row["per"]):  # type: ignore[arg-type]
        set(re.findall(r"`(\w+)`", row["operations"]))
        for row in _BUDGET.finditer(_section(f"## {service.title()}"))
    }  # fmt: skip


def documented_guesses() -> set[tuple[str, int, int]]:
    """Name, limit and seconds of each row."""
    return {(row["name"], int(row["limit"]), _seconds(row)) for row in _GUESSES.finditer(_section("### Guesses"))}


def declared(service: str) -> dict[Quota, set[str]]:
    """The same, as the views have it."""
    budgets: dict[Quota, set[str]] = defaultdict(set)
    for operation in operations(service):
        for quota in quotas(operation):
            budgets[quota].add(operation.id)
    return dict(budgets)


def quotas(operation: Operation) -> list[Quota]:
    view = resolve(operation.address()).func.cls  # type: ignore[attr-defined]
    return list(view.quotas.get(operation.method, ()))


def _section(heading: str) -> str:
    """What stands between `heading` and the next one of any depth."""
    _, _, after = DOCUMENT.read_text().partition(f"{heading}\n")
    return re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]


def _seconds(row: re.Match[str]) -> int:
    return int(row["window"]) * UNITS[row["unit"]]
