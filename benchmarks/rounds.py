"""All variants take turns within every round, so that whatever else the machine does falls on all of them alike."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from benchmarks.progress import Steps

Result = TypeVar("Result")


def interleaved(
    steps: Steps, name: str, variants: Mapping[str, Callable[[], Result]], *, rounds: int
) -> dict[str, list[Result]]:
    """What each variant returned in each round; every second round goes backwards."""
    names = list(variants)
    turns = [variant for number in range(rounds) for variant in (names if number % 2 == 0 else names[::-1])]
    results: dict[str, list[Result]] = {variant: [] for variant in variants}
    for variant in steps.each(name, turns):
        results[variant].append(variants[variant]())
    return results
