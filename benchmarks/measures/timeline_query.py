"""T3: the home timeline's statement alone, for people who follow few and many, on the first page and the tenth."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from benchmarks.bench import Bench
from benchmarks.dataset import finding
from benchmarks.dataset.people import STUDIED_FOLLOWEES, STUDIED_OF_EACH
from benchmarks.report import Figure, ratios
from posts_project.feeds import selectors
from posts_project.posts import rows
from shared.pagination import DEFAULT_LIMIT, Keyset

READINGS = 20  # of each owner in a round
DEEP_PAGE = 10

# A reading: whose page, below which position (None: the newest).
Reading = tuple[int, int | None]


def measure(bench: Bench) -> Iterator[Figure]:
    readings = {
        (followees, page): [(owner.id, _position(owner.id, page)) for owner in owners]
        for followees, owners in _owners().items()
        for page in (1, DEEP_PAGE)
    }
    taken = bench.rounds_of(
        "T3: timeline query",
        {
            f"{followees} {page}": lambda these=these: _median_milliseconds(these)  # type: ignore[misc]
            for (followees, page), these in readings.items()
        },
    )
    yield from _growth(taken)
    buffers = [_buffers(reading) for these in readings.values() for reading in these]
    yield Figure(target="T3", what="most buffers of any page", rounds=[max(buffers)], digits=0, at_most=700)
    for (followees, page), these in readings.items():
        title = f"  {followees:,} followees, page {page}"
        yield Figure(target="T3", what=title, rounds=taken[f"{followees} {page}"], unit="ms", digits=3)
        yield Figure(target="T3", what=f"{title}: buffers", rounds=[_buffers(one) for one in these], digits=0)


def _owners() -> dict[int, list[Any]]:
    return {followees: finding.by_followees(followees, STUDIED_OF_EACH) for followees in STUDIED_FOLLOWEES}


def _growth(taken: dict[str, list[float]]) -> Iterator[Figure]:
    few, many = STUDIED_FOLLOWEES[0], STUDIED_FOLLOWEES[-1]
    widely = ratios(taken[f"{many} 1"], taken[f"{few} 1"])
    yield Figure(target="T3", what=f"median with {many:,} followees / with {few}", rounds=widely, at_most=2.5)
    deeply = [ratios(taken[f"{n} {DEEP_PAGE}"], taken[f"{n} 1"]) for n in STUDIED_FOLLOWEES]
    worst = max(deeply, key=statistics.median)
    yield Figure(target="T3", what=f"median of page {DEEP_PAGE} / of page 1, worst", rounds=worst, at_most=2)


def _page(reading: Reading) -> list[Any]:
    owner, position = reading
    page = Keyset(url="", scope="", limit=DEFAULT_LIMIT, before=position)
    return selectors.home_timeline(owner, page)[:DEFAULT_LIMIT]


def _position(owner: int, page: int) -> int | None:
    """Where that page begins; the last one's beginning where there are not so many."""
    position = None
    for _ in range(page - 1):
        found = _page((owner, position))
        if len(found) < DEFAULT_LIMIT:
            break
        position = rows.position(found[-1])
    return position


def _median_milliseconds(readings: list[Reading]) -> float:
    taken = []
    for reading in readings * READINGS:
        started = time.perf_counter()
        _page(reading)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1_000


def _buffers(reading: Reading) -> int:
    return buffers_of_statements(lambda: _page(reading))


def buffers_of_statements(read: Callable[[], object]) -> int:
    """Of all that `read` asks, by the plans that every call after the sixth gets: no noise, only counting."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any) -> Any:
        statements.append((statement, parameters))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(note):
        read()
    return sum(_buffers_of(statement, parameters) for statement, parameters in statements)


def _buffers_of(statement: str, parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
        cursor.execute("RESET plan_cache_mode")
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
