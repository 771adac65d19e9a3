"""64-bit ids that sort by time and need no coordination.

Layout, from the high end: one sign bit left at 0; 42 bits of milliseconds since 2024-01-01 UTC (enough until 2163);
21 random bits. Within one process ids only grow: a second id in the same millisecond continues from the first.
Two processes can meet (one in two million per shared millisecond): the unique key notices, and the caller asks again.
"""

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
RANDOM_BITS = 21
MAX_ID = 2**63 - 1

_EPOCH_MS = int(EPOCH.timestamp() * 1000)
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A fresh id, greater than every earlier one of this process."""
    global _last
    milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
    candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    with _lock:
        _last = candidate if candidate > _last else _last + 1
        return _last


def created_at(snowflake: int) -> datetime:
    """When `snowflake` was made, to the millisecond, UTC."""
    return EPOCH + timedelta(milliseconds=snowflake >> RANDOM_BITS)


def least_id_at(moment: datetime) -> int:
    """The smallest id that can have been made at `moment` or later; 0 for moments before 2024."""
    return max(0, int((moment - EPOCH) / timedelta(milliseconds=1))) << RANDOM_BITS
