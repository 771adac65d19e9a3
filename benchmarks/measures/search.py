"""T9: a page of what is found against a page of the home timeline: the statements alone, for the same readers."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone

from benchmarks.bench import Bench
from benchmarks.callers import Person
from benchmarks.dataset import finding
from benchmarks.measures.timeline_query import buffers_of_statements
from benchmarks.report import Figure, ratios
from posts_project.feeds import selectors as timelines
from posts_project.posts import rows
from posts_project.search import posts, profiles, tags
from posts_project.search.query import parse
from shared.pagination import DEFAULT_LIMIT, Keyset

READERS = 20
READINGS = 3  # of each reader in a round
DEEP_PAGE = 10
MOST = 3

Read = Callable[[int], list[Any]]


def measure(bench: Bench) -> Iterator[Figure]:
    readers = finding.readers(READERS)
    reads = {"home timeline": _home, **_searches(readers[0])}
    taken = bench.rounds_of(
        "T9: search",
        {what: lambda read=read: _median_milliseconds(read, readers) for what, read in reads.items()},  # type: ignore[misc]
    )
    home = taken.pop("home timeline")
    yield Figure(target="T9", what="  home timeline", rounds=home, unit="ms", digits=3)
    for what, milliseconds in taken.items():
        yield Figure(
            target="T9", what=f"search, {what} / home timeline", rounds=ratios(milliseconds, home), at_most=MOST
        )
        yield Figure(target="T9", what=f"  {what}", rounds=milliseconds, unit="ms", digits=3)
        seen = [buffers_of_statements(lambda: reads[what](reader.id)) for reader in readers]  # noqa: B023 - called at once
        yield Figure(target="T9", what=f"  {what}: buffers", rounds=seen, digits=0)


def _searches(reader: Person) -> dict[str, Read]:
    common, other, *_, less_common = finding.common_words(40)
    rare, tag = finding.rare_word(), finding.most_used_tag()
    author = finding.by_followers(100, 1)[0].username
    return {
        "a common word": _for(common),
        f"a common word, page {DEEP_PAGE}": _for(common, position=_position(common, reader)),
        "a less common word": _for(less_common),
        "a rare word": _for(rare),
        "a word that nobody wrote": _for("xyzzyxyzzy"),
        "two common words": _for(f"{common} {other}"),
        "a phrase of two": _for(f'"{common} {other}"'),
        "a common and a rare word": _for(f"{common} {rare}"),
        "a common word without another": _for(f"{common} -{other}"),
        "the beginning of a common word": _for(f"{common[:3]}*"),
        "the beginning of a rare word": _for(f"{rare[:-1]}*"),
        "a common word and the beginning of another": _for(f"{common} {less_common[:3]}*"),
        "a rare word and the beginning of a common one": _for(f"{rare} {common[:3]}*"),
        "an author": _for(f"from:{author}"),
        "an author and the beginning of a common word": _for(f"from:{author} {common[:3]}*"),
        "a tag and a word": _for(f"tag:{tag} {common}"),
        "profiles": lambda viewer: profiles.found("person_1", _page(), viewer_id=viewer),
        "tags": lambda viewer: tags.found(tag[:2], _page(), viewer_id=viewer),
    }


def _for(text: str, *, position: int | None = None) -> Read:
    return lambda viewer: posts.found(parse(text), _page(position), viewer_id=viewer, now=timezone.now())


def _home(viewer: int) -> list[Any]:
    return timelines.home_timeline(viewer, _page())


def _page(position: Any = None) -> Keyset[Any]:
    return Keyset(url="", scope="", limit=DEFAULT_LIMIT, before=position)


def _position(text: str, reader: Person) -> int | None:
    """Where the tenth page begins."""
    position = None
    for _ in range(DEEP_PAGE - 1):
        position = rows.position(_for(text, position=position)(reader.id)[DEFAULT_LIMIT - 1])
    return position


def _median_milliseconds(read: Read, readers: list[Person]) -> float:
    taken = []
    for reader in readers * READINGS:
        started = time.perf_counter()
        read(reader.id)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1_000
