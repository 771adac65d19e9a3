"""Counters in PostgreSQL, one prepared statement each.

A call is counted before its view begins any transaction, so the count is committed by itself: what a refusal undoes is
its own work, not the fact that it was tried.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from posts_project import sql
from posts_project.throttling import quotas
from posts_project.throttling.models import Counter
from shared.rate_limits import Count, Quota, counter_key

CLOCKS_DIFFER = timedelta(minutes=1)

# A window that ends later than one begun now is another process's, a moment younger; if by more than a moment, it is
# from before the clock was set back.
_IS_OPEN = "c.expires_at > %(now)s AND c.expires_at <= excluded.expires_at + %(clocks_differ)s"

_HIT = f"""
    INSERT INTO rate_counter AS c (id, hits, expires_at) VALUES (%(id)s, 1, %(ends_at)s)
    ON CONFLICT (id) DO UPDATE SET
        hits = CASE WHEN {_IS_OPEN} THEN c.hits + 1 ELSE 1 END,
        expires_at = CASE WHEN {_IS_OPEN} THEN c.expires_at ELSE excluded.expires_at END
    RETURNING hits, expires_at
"""  # noqa: S608 - constants


class PostgresCounters:
    """`shared.rate_limits.CounterStore`."""

    def hit(self, key: str, *, window_seconds: int, now: datetime) -> Count:
        ends_at = now + timedelta(seconds=window_seconds)
        counter = {"id": _id(key), "now": now, "ends_at": ends_at, "clocks_differ": CLOCKS_DIFFER}
        hits, expires_at = sql.rows(_HIT, counter)[0]
        return Count(hits=hits, resets_in=(expires_at - now).total_seconds())


store = PostgresCounters()


def purge_counters(*, now: datetime) -> int:
    """Delete counters whose window is over; return how many."""
    deleted, _ = Counter.objects.filter(expires_at__lt=now).delete()
    return deleted


def forget(*, user_id: int) -> None:
    """Delete how often that user has called."""
    own = [quota for quota in vars(quotas).values() if isinstance(quota, Quota)]
    Counter.objects.filter(pk__in=[_id(counter_key(quota.name, "user", str(user_id))) for quota in own]).delete()


def _id(key: str) -> UUID:
    """Sixteen bytes of it: as good as the whole, in an index a fifth of the size."""
    return UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest())
