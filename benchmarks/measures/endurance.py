"""T11: what a worker process takes, and that it does not grow, over minutes of load by thousands of people."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.bench import Bench
from benchmarks.callers import request
from benchmarks.dataset import finding
from benchmarks.measures.social_mix import mix
from benchmarks.report import Figure

# As many as a process remembers tokens of.
READERS = 10_000
# Tokens are signed anew for every turn, as people's are, long before they expire.
TURN_SECONDS = 60.0
# A minute in ten is long enough that what is collected now and then evens out.
PARTS = 10


def measure(bench: Bench) -> Iterator[Figure]:
    """All loads so far count; what is missing of the wanted minutes is added here, and at least one turn."""
    missing = bench.minutes * 60 - bench.watch.loaded_seconds
    turns = max(1, round(missing / TURN_SECONDS))
    for _ in bench.steps.each("T11: endurance", range(turns)):
        bench.run(_everybody(bench), seconds=min(TURN_SECONDS, bench.minutes * 60))
    yield from _memory(bench)
    limit = bench.server.workers * bench.server.threads
    most = max(bench.watch.connections)
    yield Figure(target="T11", what="most connections to PostgreSQL", rounds=[most], digits=0, at_most=limit)
    yield Figure(target="T11", what="  minutes of load", rounds=[bench.watch.loaded_seconds / 60], digits=1)


def _everybody(bench: Bench) -> Iterator[bytes]:
    """The friends' mix, and home timelines of everybody else in turn."""
    readers, of_friends = finding.readers(READERS), mix(bench)
    for reader in readers:
        yield request("GET", "/api/v1/timelines/home", token=bench.signer.token(reader))
        yield next(of_friends)
    yield from of_friends


def _memory(bench: Bench) -> Iterator[Figure]:
    """Flat: the end of the time is compared with its middle, when all caches are as full as they get."""
    series = list(bench.watch.megabytes.values())
    most = [max(values) for values in series]
    yield Figure(target="T11", what="most memory of a worker", rounds=[max(most)], unit="MiB", digits=1, at_most=90)
    growth = max(_part(values, PARTS - 1) / _part(values, PARTS // 2) for values in series)
    yield Figure(target="T11", what="memory in the last tenth / in the middle", rounds=[growth], at_most=1.05)
    for part in (0, PARTS // 2, PARTS - 1):
        what = f"  in tenth {part + 1} of the time, each worker"
        yield Figure(target="T11", what=what, rounds=[_part(values, part) for values in series], unit="MiB", digits=1)


def _part(values: Sequence[float], number: int) -> float:
    """The median of one of `PARTS` equal stretches."""
    length = max(1, len(values) // PARTS)
    first = min(number * length, len(values) - length)
    return statistics.median(values[first : first + length])
