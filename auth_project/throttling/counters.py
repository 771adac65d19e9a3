"""Counters in MongoDB, one atomic step each.

They are written outside of any transaction: what a refusal undoes is its own work, not the fact that it was tried.
One server's word is enough for them (`w=1`): a count lost with a primary costs nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from auth_project.mongodb import connection
from auth_project.throttling.models import Counter
from shared.rate_limits import Count, counter_key

CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """At most `limit` times in `window`, counted from the first time on; `RATE_LIMIT_SCALE` multiplies the limit."""

    name: str
    limit: int
    window: timedelta

    def key(self, *parts: str) -> str:
        return counter_key(self.name, *parts)

    def is_exceeded(self, count: Count) -> bool:
        return count.hits > self._scaled_limit

    def is_just_exceeded(self, count: Count) -> bool:
        """By this time, and not before: once in a window."""
        return count.hits == self._scaled_limit + 1

    @property
    def _scaled_limit(self) -> int:
        return self.limit * int(settings.RATE_LIMIT_SCALE)


class MongoCounters:
    """`shared.rate_limits.CounterStore`."""

    def hit(self, key: str, *, window_seconds: int, now: datetime) -> Count:
        return _hit(key, timedelta(seconds=window_seconds), now)


store = MongoCounters()


def hit(rule: Rule, key: str, *, now: datetime) -> Count:
    """Count once more; of many at the same time each gets another number."""
    return _hit(key, rule.window, now)


def is_counted(key: str, *, now: datetime) -> bool:
    """Whether there is anything in the present window."""
    return _collection().find_one({"_id": key, "expires_at": {"$gt": now}}, {"_id": 1}) is not None


def clear(keys: Iterable[str]) -> None:
    _collection().delete_many({"_id": {"$in": list(keys)}})


def purge_counters(*, now: datetime) -> int:
    """Delete counters whose window is over; return how many."""
    deleted, _ = Counter.objects.filter(expires_at__lt=now).delete()
    return deleted


def _hit(key: str, window: timedelta, now: datetime) -> Count:
    ends_at = now + window
    # A window that ends later than one begun now is another thread's, a moment younger; if by more than a moment, it is
    # from before the clock was set back.
    is_open = {"$and": [{"$gt": ["$expires_at", now]}, {"$lte": ["$expires_at", ends_at + CLOCKS_DIFFER]}]}
    update = {
        "hits": {"$cond": [is_open, {"$add": ["$hits", 1]}, 1]},
        "expires_at": {"$cond": [is_open, "$expires_at", ends_at]},
    }
    document = _upserted(key, [{"$set": update}])
    return Count(hits=document["hits"], resets_in=(document["expires_at"].replace(tzinfo=UTC) - now).total_seconds())


def _upserted(key: str, update: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        return _find_one_and_update(key, update)
    except DuplicateKeyError:
        # Two began the window at once; the other one was quicker, so now there is a document to update.
        return _find_one_and_update(key, update)


def _find_one_and_update(key: str, update: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = _collection().find_one_and_update(
        {"_id": key}, update, upsert=True, return_document=ReturnDocument.AFTER
    )
    return document


def _collection() -> Any:
    connection().ensure_connection()
    return connection().database[Counter._meta.db_table].with_options(write_concern=WriteConcern(w=1))
