"""Outbox to inbox: send what is due, believe only what the receiver confirms, try the rest again later.

At least once: a crash between sending and marking sends again; the receiver's inbox makes it exactly one effect.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared import metrics, tracing
from shared.events import Event, EventResult
from shared.remote_errors import RemoteError, RemoteRefused
from shared.request_context import current_traceparent, request_context, trace_context

# Of the longest events there are, with a bio of 500 characters of four bytes, these are some 560 kB; a body of more
# than 1 MiB is refused whole, at every try.
SENT_AT_ONCE = 200
LEASE = timedelta(seconds=30)
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 30.0
GIVE_UP_AFTER = timedelta(hours=24)
# No lease and no pause of ours reaches so far.
FARTHEST_DUE = timedelta(minutes=5)

# There from the start, so that the first of a kind is seen to be one more.
for _outcome in ("delivered", "postponed", "dead"):
    metrics.DELIVERIES.labels(_outcome)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An event that is ours to send until the lease ends; `attempts` were made before.

    :param waits_since: when it was recorded, or asked for anew: it is given up a day later.
    :param traceparent: of the request that recorded it, where there was one.
    """

    event: Event
    attempts: int
    waits_since: datetime
    traceparent: str = ""


class OutboxStore(Protocol):
    """Where events wait. Every call is safe beside other workers."""

    def claim(self, *, limit: int, lease: timedelta, now: datetime) -> list[Claimed]:
        """Up to `limit` due events, oldest first, nobody else's until `now + lease`."""

    def delivered(self, ids: Sequence[str], *, now: datetime) -> None: ...

    def retry(self, claimed: Claimed, *, at: datetime, error: str) -> None: ...

    def dead(self, claimed: Claimed, *, reason: str, now: datetime) -> None: ...


def deliver_due(
    *, store: OutboxStore, send: Callable[[list[Event]], list[EventResult]], now: datetime, limit: int = SENT_AT_ONCE
) -> int:
    """Send what is due at `now` in one batch; return how many events the other service took."""
    claimed = store.claim(limit=limit, lease=LEASE, now=now)
    if not claimed:
        return 0
    trace = _common_trace(claimed)
    with request_context(request_id=None, traceparent=trace), tracing.working("outbox.deliver", trace) as span:
        span.has({"events": len(claimed)})
        try:
            results = send([one.event for one in claimed])
        except RemoteError as error:
            span.failed(error.__class__.__name__)
            _postpone(store, claimed, error, now)
            return 0
        return _settle(store, claimed, results, now)


def next_attempt_at(*, attempts: int, now: datetime) -> datetime:
    """When to try again: up to 0.2, 0.4, 0.8 … seconds after `now`, at most 30, anywhere in the later half of that.

    The spread keeps a thousand deliveries from returning together when the other service wakes.
    """
    ceiling = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(attempts, 16))
    return now + timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311 - not a secret


def _common_trace(claimed: list[Claimed]) -> str | None:
    """The trace that a delivery goes on with; several requests' events share none, and begin one of their own."""
    traces = {one.traceparent[3:35] for one in claimed}
    return claimed[0].traceparent if len(traces) == 1 else None


def _settle(store: OutboxStore, claimed: list[Claimed], results: list[EventResult], now: datetime) -> int:
    by_id = {result.id: result for result in results}
    taken = [one for one in claimed if _is_taken(by_id.get(one.event.id))]
    store.delivered([one.event.id for one in taken], now=now)
    for one in taken:
        _tell("outbox.delivered", logging.INFO, one)
    metrics.DELIVERIES.labels("delivered").inc(len(taken))
    for one in claimed:
        result = by_id.get(one.event.id)
        if result is None:
            _postpone(store, [one], RemoteError("the answer does not mention this event"), now)
        elif result.status == "rejected":
            _bury(store, one, result.reason, now)
    return len(taken)


def _is_taken(result: EventResult | None) -> bool:
    return result is not None and result.status != "rejected"


def _postpone(store: OutboxStore, claimed: list[Claimed], error: RemoteError, now: datetime) -> None:
    for one in claimed:
        if now - one.waits_since > GIVE_UP_AFTER:
            _bury(store, one, f"not delivered in {GIVE_UP_AFTER}: {error}", now)
        else:
            store.retry(one, at=next_attempt_at(attempts=one.attempts, now=now), error=str(error))
            metrics.DELIVERIES.labels("postponed").inc()
    level = logging.ERROR if isinstance(error, RemoteRefused) else logging.INFO
    logger.log(level, "outbox.postponed", extra={"events": len(claimed), "reason": str(error)})


def _bury(store: OutboxStore, one: Claimed, reason: str, now: datetime) -> None:
    store.dead(one, reason=reason, now=now)
    metrics.DELIVERIES.labels("dead").inc()
    _tell("outbox.dead", logging.ERROR, one, reason=reason)


def _tell(happened: str, level: int, one: Claimed, **extra: str) -> None:
    """In the trace of the request that recorded the event: with many at once, that of the delivery is another."""
    with trace_context(one.traceparent or current_traceparent()):
        logger.log(level, happened, extra={"event_id": one.event.id, "event_type": one.event.type, **extra})
