"""The place in time of a post that was written elsewhere: an id of its moment, that no other post has.

Ids begin with 2024. What is older has no place of its own; on request it is put on the first day of that year, in its
order: that day has so many ids that each millisecond since 1970 gets a hundred of them.
"""

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from shared.snowflakes import EPOCH, RANDOM_BITS, least_id_at

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ROOM_OF_OLD = (timedelta(days=1) // _MILLISECOND << RANDOM_BITS) // ((EPOCH - _ORIGIN) // _MILLISECOND)


def is_old(moment: datetime) -> bool:
    """Whether no id can tell that moment."""
    return moment < EPOCH


def is_ancient(moment: datetime) -> bool:
    """Whether it cannot even be put in order."""
    return moment < _ORIGIN


def place(moment: datetime, *, taken: Collection[int], above: int) -> int:
    """An id of `moment` that is not `taken`, and greater than `above`, whatever the moment."""
    first, room = _range(moment)
    first = max(first, above + 1)
    while (chosen := first + secrets.randbelow(room)) in taken:
        # Of many at one moment some come a little later.
        room += room // 8 + 1
    return chosen


def _range(moment: datetime) -> tuple[int, int]:
    if is_old(moment):
        return (moment - _ORIGIN) // _MILLISECOND * _ROOM_OF_OLD + 1, _ROOM_OF_OLD
    return least_id_at(moment), 1 << RANDOM_BITS
