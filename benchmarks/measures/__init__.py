"""One module a subject, one function each; a new one is a line of `MEASURES`.

A function takes the `Bench` and yields figures. Whatever it needs of the product it takes from the product: a statement
that changes is measured as it is.
"""

from collections.abc import Callable, Iterable

from benchmarks.bench import Bench
from benchmarks.measures import (
    endurance,
    home_page,
    list_queries,
    parallel_likes,
    publishing,
    search,
    social_mix,
    timeline_query,
    token_check,
)
from benchmarks.report import Figure

Measure = Callable[[Bench], Iterable[Figure]]

# In this order, as endurance judges what all others did to the service's processes.
MEASURES: list[tuple[frozenset[str], Measure]] = [
    (frozenset({"T1", "T2"}), home_page.measure),
    (frozenset({"T3"}), timeline_query.measure),
    (frozenset({"T4"}), token_check.measure),
    (frozenset({"T6"}), publishing.measure),
    (frozenset({"T8"}), social_mix.measure),
    (frozenset({"T9"}), search.measure),
    (frozenset({"T10"}), list_queries.measure),
    (frozenset({"T12"}), parallel_likes.measure),
    (frozenset({"T11"}), endurance.measure),
]
TARGETS = frozenset[str]().union(*(targets for targets, _ in MEASURES))
