"""Whom made-up people block and mute, and the words they do not want to meet: some for most, many for few."""

import random
from bisect import bisect_left
from collections.abc import Sequence

from benchmarks.dataset.people import People
from benchmarks.dataset.tables import Rows
from benchmarks.dataset.texts import Texts
from posts_project.filters.models import Action, Filter
from posts_project.follows.models import Block, Mute

# On average; exponentially spread.
BLOCKS, MUTES, FILTERS = 2.0, 2.0, 0.5


def load_silences(people: People, chance: random.Random) -> None:
    texts = Texts(chance)
    with (
        Rows(Block, "profile", "other", "blocks", "since") as blocks,
        Rows(Mute, "profile", "other", "since") as mutes,
        Rows(Filter, "id", "profile", "phrase", "pattern", "action") as filters,
    ):
        taken: set[tuple[int, int]] = set()
        for person in range(len(people)):
            for other in _strangers(people, person, taken, chance):
                since = chance.getrandbits(40) + max(people.ids[person], people.ids[other])
                blocks.add(people.ids[person], people.ids[other], True, since)
                blocks.add(people.ids[other], people.ids[person], False, since)
            for other in _some(people.followees[person], MUTES, chance):
                mutes.add(people.ids[person], people.ids[other], people.ids[person] + chance.getrandbits(40))
            for _ in range(_number(FILTERS, chance)):
                word, action = texts.rare_word(), chance.choice(list(Action)).value
                filters.add(people.ids[person] + chance.getrandbits(40), people.ids[person], word, word, action)


def _strangers(people: People, person: int, taken: set[tuple[int, int]], chance: random.Random) -> list[int]:
    """A block ends follows both ways, and stands but once between two."""
    found = []
    for _ in range(_number(BLOCKS, chance)):
        other = chance.randrange(len(people))
        pair = (min(person, other), max(person, other))
        if other != person and pair not in taken and not _know_each_other(people, person, other):
            taken.add(pair)
            found.append(other)
    return found


def _know_each_other(people: People, person: int, other: int) -> bool:
    return _has(people.followees[person], other) or _has(people.followees[other], person)


def _has(rising: Sequence[int], wanted: int) -> bool:
    place = bisect_left(rising, wanted)
    return place < len(rising) and rising[place] == wanted


def _some(items: Sequence[int], mean: float, chance: random.Random) -> list[int]:
    return chance.sample(items, min(len(items), _number(mean, chance)))


def _number(mean: float, chance: random.Random) -> int:
    return int(chance.expovariate(1 / (mean + 0.5)))
