"""The delivery loop believes only what the receiver confirms."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared import metrics
from shared.delivery import SENT_AT_ONCE, Claimed, deliver_due, next_attempt_at
from shared.events import Event, EventResult, UserState, UserUpdated
from shared.parsing import MAX_BODY_BYTES
from shared.remote_errors import RemoteRefused, RemoteUnavailable
from shared.request_context import current_request_id, current_trace_id
from shared.snowflakes import MAX_ID
from shared.wire import dumps

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def event(name: str, *, age=timedelta()) -> Event:
    return Event(id=name, type="user.updated", source="auth", subject="1", sequence=1, time=NOW - age, data={})


def claimed(event: Event, *, attempts: int = 0, traceparent: str = "") -> Claimed:
    return Claimed(event=event, attempts=attempts, waits_since=event.time, traceparent=traceparent)


class MemoryOutbox:
    def __init__(self, *events: Event) -> None:
        self.waiting = [claimed(one, attempts=2) for one in events]
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


def trace(letter: str) -> str:
    return f"00-{letter * 32}-{'1' * 16}-00"


def test_what_came_of_each_event_is_counted():
    def counted() -> dict[str, float]:
        return {one: metrics.DELIVERIES.labels(one)._value.get() for one in ("delivered", "postponed", "dead")}

    before = counted()
    send = answering(EventResult(id="a", status="applied"), EventResult(id="b", status="rejected", reason="no"))

    deliver_due(store=MemoryOutbox(event("a"), event("b"), event("c")), send=send, now=NOW)

    after = counted()
    assert {one: after[one] - before[one] for one in after} == {"delivered": 1, "postponed": 1, "dead": 1}


@pytest.fixture
def told(caplog):
    """Lines with the trace they were written in."""
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append((record.msg, record.event_id, current_trace_id()))

    handler = Handler()
    logging.getLogger("shared.delivery").addHandler(handler)
    with caplog.at_level(logging.INFO, logger="shared.delivery"):
        yield lines
    logging.getLogger("shared.delivery").removeHandler(handler)


def delivered_in(*claimed: Claimed) -> str:
    """The trace that the call to the other service is part of."""
    outbox = MemoryOutbox()
    outbox.waiting = list(claimed)
    seen = []

    def send(events):
        assert current_request_id()
        seen.append(current_trace_id())
        return [EventResult(id=one.id, status="applied") for one in events]

    deliver_due(store=outbox, send=send, now=NOW)
    return seen[0]


def test_a_delivery_goes_on_with_the_trace_of_what_recorded_its_events(told):
    both = [claimed(event(name), traceparent=trace("a")) for name in "xy"]

    assert delivered_in(*both) == "a" * 32
    assert told == [("outbox.delivered", "x", "a" * 32), ("outbox.delivered", "y", "a" * 32)]


def test_events_of_several_requests_share_a_new_trace_and_are_told_of_in_their_own(told):
    a, b = (claimed(event(name), traceparent=trace(name)) for name in "ab")
    nobodys = claimed(event("c"))

    shared = delivered_in(a, b, nobodys)

    assert shared not in ("a" * 32, "b" * 32, "")
    assert told == [
        ("outbox.delivered", "a", "a" * 32),
        ("outbox.delivered", "b", "b" * 32),
        ("outbox.delivered", "c", shared),
    ]


def test_the_longest_events_of_a_batch_fit_into_one_body():
    longest = UserState(
        id=MAX_ID,
        username="a" * 30,
        display_name="🦉" * 50,
        bio="🦉" * 500,
        avatar_url="https://api.example.org/" + "a" * 200,
        is_private=True,
        created_at=NOW,
        state="deactivated",
    )
    payload = UserUpdated(user=longest)
    event = Event(
        id=str(MAX_ID), type=payload.type, source="auth", subject=str(MAX_ID), sequence=2**63 - 1, time=NOW,
        data=payload.to_data(),
    )  # fmt: skip

    assert len(dumps({"events": [event.to_json()] * SENT_AT_ONCE})) < 0.7 * MAX_BODY_BYTES
