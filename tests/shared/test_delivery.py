"""The delivery loop believes only what the receiver confirms."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.delivery import Claimed, deliver_due, next_attempt_at
from shared.events import Event, EventResult
from shared.remote_errors import RemoteRefused, RemoteUnavailable

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def event(name: str, *, age=timedelta()) -> Event:
    return Event(id=name, type="user.updated", source="auth", subject="1", sequence=1, time=NOW - age, data={})


class MemoryOutbox:
    def __init__(self, *events: Event) -> None:
        self.waiting = [Claimed(event=one, attempts=2) for one in events]
        self.log: list[tuple] = []

    def claim(self, *, limit, lease, now):
        return self.waiting[:limit]

    def delivered(self, ids, *, now):
        self.log.append(("delivered", *ids))

    def retry(self, claimed, *, at, error):
        assert NOW < at <= NOW + timedelta(seconds=30)
        self.log.append(("retry", claimed.event.id))

    def dead(self, claimed, *, reason, now):
        self.log.append(("dead", claimed.event.id, reason))


def answering(*results: EventResult):
    return lambda events: list(results)


def test_confirmed_events_are_done_and_the_rest_is_settled_one_by_one():
    outbox = MemoryOutbox(event("a"), event("b"), event("c"), event("d"), event("e"))
    send = answering(
        EventResult(id="a", status="applied"),
        EventResult(id="b", status="duplicate"),
        EventResult(id="c", status="stale"),
        EventResult(id="d", status="rejected", reason="type: unknown"),
        EventResult(id="somebody else's", status="applied"),
    )

    assert deliver_due(store=outbox, send=send, now=NOW) == 3
    assert outbox.log == [("delivered", "a", "b", "c"), ("dead", "d", "type: unknown"), ("retry", "e")]


@pytest.mark.parametrize("error", [RemoteUnavailable("down"), RemoteRefused(401, "token_invalid")])
def test_a_failed_call_leaves_every_event_for_later(error):
    outbox = MemoryOutbox(event("a"), event("b"))

    def failing(events):
        raise error

    assert deliver_due(store=outbox, send=failing, now=NOW) == 0
    assert outbox.log == [("retry", "a"), ("retry", "b")]


def test_after_a_day_an_event_is_given_up():
    outbox = MemoryOutbox(event("old", age=timedelta(hours=25)))

    def failing(events):
        raise RemoteUnavailable("down")

    deliver_due(store=outbox, send=failing, now=NOW)

    assert outbox.log == [("dead", "old", "not delivered in 1 day, 0:00:00: down")]


def test_nothing_is_sent_when_nothing_is_due():
    assert deliver_due(store=MemoryOutbox(), send=None, now=NOW) == 0


def test_waits_double_up_to_half_a_minute():
    waits = [(next_attempt_at(attempts=n, now=NOW) - NOW).total_seconds() for n in (0, 1, 5, 10, 10_000)]

    for wait, ceiling in zip(waits, (0.2, 0.4, 6.4, 30, 30), strict=True):
        assert ceiling / 2 <= wait <= ceiling
