"""In which order the index is asked for a page: see the notes in `search.posts` and `posts.epochs`."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from posts_project import sql
from posts_project.posts import epochs
from posts_project.search.query import Query, Terms
from shared.pagination import Keyset
from shared.snowflakes import least_id_at

# Above all ids until 2093.
CLOSE_BIT = 62


class Bounds(NamedTuple):
    """The ids from `low` and below `high`."""

    low: int
    high: int


class Step(NamedTuple):
    """A question for the posts of an epoch, within bounds, that have the words side by side (`is_close`) or that are
    the others. Or the walk, which is of no epoch."""

    epoch: str
    low: int
    high: int
    is_close: bool = False
    is_walk: bool = False


def bounds(query: Query, now: datetime) -> Bounds:
    """The ids that can be meant; other processes' clocks may be ahead."""
    low = least_id_at(query.after) if query.after else 0
    soon = least_id_at(now) + epochs.SHORTEST
    return Bounds(low, min(soon, least_id_at(query.before)) if query.before else soon)


def left(within: Bounds, page: Keyset, *, is_close: bool) -> Bounds:
    """What is on `page` and beyond of one kind; nothing where the page begins behind all of that kind."""
    place = sql.position(page)
    begins_close, at = bool(place >> CLOSE_BIT), place & ((1 << CLOSE_BIT) - 1)
    if is_close != begins_close:
        return within if is_close == page.ascending else Bounds(0, 0)
    return Bounds(max(within.low, at + 1), within.high) if page.ascending else Bounds(within.low, min(within.high, at))


def of_page(terms: Terms, page: Keyset, within: Bounds) -> Iterator[Step]:
    """All that may have to be asked, in the page's order."""
    for is_close in (False, True) if page.ascending else (True, False):
        part = left(within, page, is_close=is_close)
        if is_close and terms.close is not None:
            yield from (Step(epoch, *part, is_close=True) for epoch in short_epochs(part, page))
        elif not is_close and terms.exact is None:
            yield from (Step(epoch, *part) for epoch in short_epochs(part, page))
        elif not is_close and part.low < part.high:
            yield Step("", *part, is_walk=True)
            yield from (Step(*stretch) for stretch in _long_epochs(part, page))


def short_epochs(part: Bounds, page: Keyset) -> Iterator[str]:
    """Short near the place where the page begins, the further away the longer."""
    return epochs.upward(*part) if page.ascending else epochs.downward(*part)


def _long_epochs(part: Bounds, page: Keyset) -> Iterator[epochs.Stretch]:
    return epochs.long_upward(*part) if page.ascending else epochs.long_downward(*part)
