"""Made-up people and whom they follow: a few are followed by half of all, most by a handful."""

import itertools
import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from posts_project.demo.graphs import Graph
from shared import snowflakes

MEAN_FOLLOWEES = 48
PRIVATE_SHARE = 0.05

# T3 looks at people who follow exactly so many.
STUDIED_FOLLOWEES = (10, 100, 1_000, 5_000)
STUDIED_OF_EACH = 5

# Popularity falls with the rank as in Zipf's law, a little flatter at the head: of 100,000 people three are followed by
# more than 50,000, and some 260 by more than 2,000.
_HEAD, _EXPONENT = 2, 1.05
_SPREAD = 1.0  # sigma of the lognormal number of followees


@dataclass(frozen=True, kw_only=True)
class People:
    """By index: ids rise with it. Whoever is of the friendship graph comes last, named `node…`."""

    ids: Sequence[int]
    names: list[str]
    private: list[bool]
    followees: list[list[int]]

    def __len__(self) -> int:
        return len(self.ids)

    def follower_counts(self) -> list[int]:
        counts = [0] * len(self)
        for chosen in self.followees:
            for person in chosen:
                counts[person] += 1
        return counts


def make(people: int, graph: Graph, *, born: tuple[int, int], chance: random.Random) -> People:
    """`people` who follow by popularity, and those of `graph`; all born between two moments (ms since the epoch)."""
    friends = _friends(graph, first=people)
    total = people + len(friends)
    return People(
        ids=_ids(total, born, chance),
        names=[f"person_{number}" for number in range(people)] + [f"node{name}".lower() for name in graph.friends],
        private=[number >= studied() and chance.random() < PRIVATE_SHARE for number in range(people)]
        + [False] * len(friends),
        followees=_followees(people, chance) + friends,
    )


def studied() -> int:
    """How many come first whose number of followees is not left to chance."""
    return len(STUDIED_FOLLOWEES) * STUDIED_OF_EACH


def _ids(total: int, born: tuple[int, int], chance: random.Random) -> Sequence[int]:
    first, last = born
    step = (last - first) / total
    bits = snowflakes.RANDOM_BITS
    return array("q", ((int(first + n * step) << bits) | chance.getrandbits(bits) for n in range(total)))


def _followees(people: int, chance: random.Random) -> list[list[int]]:
    by_rank = list(range(people))
    chance.shuffle(by_rank)
    weights = list(itertools.accumulate((rank + _HEAD) ** -_EXPONENT for rank in range(1, people + 1)))
    return [
        _chosen(person, _wanted(person, people, chance), by_rank, weights, chance=chance) for person in range(people)
    ]


def _wanted(person: int, people: int, chance: random.Random) -> int:
    """How many `person` follows; nobody follows more than half of all."""
    if person < studied():
        return min(STUDIED_FOLLOWEES[person // STUDIED_OF_EACH], people // 2)
    typical = math.log(MEAN_FOLLOWEES) - _SPREAD**2 / 2
    return max(1, min(int(chance.lognormvariate(typical, _SPREAD)), people // 20))


def _chosen(person: int, wanted: int, by_rank: list[int], weights: list[float], *, chance: random.Random) -> list[int]:
    chosen: set[int] = set()
    while len(chosen) < wanted:
        chosen.update(chance.choices(by_rank, cum_weights=weights, k=wanted - len(chosen)))
        chosen.discard(person)
    return sorted(chosen)


def _friends(graph: Graph, *, first: int) -> list[list[int]]:
    places = {name: place for place, name in enumerate(graph.friends, first)}
    return [sorted(places[friend] for friend in friends) for friends in graph.friends.values()]
