"""T1 and T2: a page of the home timeline against the least that Django can do, and against what is usually written."""

import itertools
from collections.abc import Iterator

from benchmarks.bench import Bench, Sample, rates
from benchmarks.callers import Person, request
from benchmarks.dataset import finding
from benchmarks.report import Figure, ratios

READERS = 500


def measure(bench: Bench) -> Iterator[Figure]:
    readers, newest = finding.readers(READERS), finding.newest_post()
    samples = bench.loads(
        "T1, T2: home page",
        {
            "home": _home(bench, readers),
            "bare": bench.bare("/bench/bare", newest),
            "behind": bench.bare("/bench/bare-behind-middleware", newest),
            "nested": _nested(readers),
        },
    )
    home, bare, behind, nested = (rates(samples[name]) for name in ("home", "bare", "behind", "nested"))
    yield Figure(target="T1", what="home page / bare view, requests a second", rounds=ratios(home, bare), at_least=0.5)
    yield Figure(target="T1", what="the same, the bare view behind our middleware", rounds=ratios(home, behind))
    yield Figure(target="T2", what="home page / nested ModelSerializer", rounds=ratios(home, nested), at_least=2.5)
    names = {
        "home": "home page",
        "bare": "bare view",
        "behind": "bare view behind our middleware",
        "nested": "nested ModelSerializer",
    }
    for name, title in names.items():
        yield from described("T1" if name != "nested" else "T2", title, samples[name])


def described(target: str, title: str, samples: list[Sample]) -> Iterator[Figure]:
    """What explains a ratio: how many a second, and whose CPU time it took."""
    yield Figure(target=target, what=f"  {title}", rounds=rates(samples), unit="/s", digits=0)
    yield Figure(target=target, what=f"  {title}: service", rounds=[s.web for s in samples], unit="µs CPU", digits=0)
    yield Figure(
        target=target, what=f"  {title}: PostgreSQL", rounds=[s.database for s in samples], unit="µs CPU", digits=0
    )


def _home(bench: Bench, readers: list[Person]) -> Iterator[bytes]:
    tokens = bench.tokens(readers)
    return itertools.cycle(request("GET", "/api/v1/timelines/home", token=tokens[reader]) for reader in readers)


def _nested(readers: list[Person]) -> Iterator[bytes]:
    return itertools.cycle(request("GET", f"/bench/nested?owner={reader.id}") for reader in readers)
