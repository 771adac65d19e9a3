"""Stretches of time as words, so that an index of words finds what is newest first.

Note [Epochs]: an index of words can tell all posts that hold one, not the newest twenty, and of a common word that is a
third of all there are. So every post has beside its words the names of the epochs that it falls in: of a quarter of an
hour, of an hour, of four, and so on, fourfold, up to two years. A search asks for its words within one epoch after the
other: short ones near the place where it begins, the further away the longer, until the page is full. Of a common word
the first epochs suffice; for a rare one some 25 questions cover all time. What is looked at in vain is at most a few
times what has been found.
"""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import NamedTuple

from shared.snowflakes import RANDOM_BITS

# Of an id, what is not of the epoch: 2^20 ms are 17 minutes, 2^36 ms two years and two months.
SHIFTS = tuple(RANDOM_BITS + bits for bits in range(20, 37, 2))
_FOURFOLD = 2
SHORTEST = 1 << SHIFTS[0]
# From 19 hours on: where each question is dear, and little is found in the shorter ones.
_LONG = list(enumerate(SHIFTS))[3:]


class Stretch(NamedTuple):
    """The ids from `low` and below `high`, all of which the epoch `name` has."""

    name: str
    low: int
    high: int


def of(post_id: int) -> list[str]:
    """The names of all epochs that the post falls in. No word of a text has a colon."""
    return [_name(level, post_id) for level in range(len(SHIFTS))]


def downward(low: int, high: int) -> Iterator[str]:
    """Epochs that cover the ids from `low` and below `high`, newest first; each id is in one of them."""
    edge = -(-high >> SHIFTS[0]) << SHIFTS[0]
    for level, shift in enumerate(SHIFTS):
        while edge > low:
            edge -= 1 << shift
            yield _name(level, edge)
            if _is_edge_of_longer(edge, shift):
                break


def upward(low: int, high: int) -> Iterator[str]:
    """The same, oldest first."""
    edge = low >> SHIFTS[0] << SHIFTS[0]
    for level, shift in enumerate(SHIFTS):
        while edge < high:
            name = _name(level, edge)
            edge += 1 << shift
            yield name
            if _is_edge_of_longer(edge, shift):
                break


def long_downward(low: int, high: int) -> Iterator[Stretch]:
    """All ids from `low` and below `high`, newest first, in as few stretches as there are long epochs around `high`."""
    for level, shift in chain(_LONG, repeat(_LONG[-1])):
        if low >= high:
            return
        begin = (high - 1) >> shift << shift
        yield Stretch(_name(level, begin), max(low, begin), high)
        high = begin


def long_upward(low: int, high: int) -> Iterator[Stretch]:
    """The same, oldest first, around `low`."""
    for level, shift in chain(_LONG, repeat(_LONG[-1])):
        if low >= high:
            return
        end = (low >> shift) + 1 << shift
        yield Stretch(_name(level, low), low, min(end, high))
        low = end


def _is_edge_of_longer(edge: int, shift: int) -> bool:
    return shift != SHIFTS[-1] and edge % (1 << (shift + _FOURFOLD)) == 0


def _name(level: int, post_id: int) -> str:
    return f"{level}:{post_id >> SHIFTS[level]:x}"
