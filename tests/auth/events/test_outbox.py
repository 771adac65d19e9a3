"""The outbox: nothing recorded without its change, nothing handed to two workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from auth_project.accounts.models import User
from auth_project.events import outbox
from auth_project.events.models import OutboxEvent
from auth_project.events.outbox import MongoOutboxStore, RecordedOutsideTransaction, purge_delivered
from auth_project.transactions import run_in_txn
from shared.delivery import LEASE, deliver_due
from shared.events import UserErased
from shared.request_context import request_context
from tests.auth.explain import plan_of
from tests.auth.fakes import NOW, make_user

HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> MongoOutboxStore:
    return MongoOutboxStore(worker="one")


def record(user: User) -> OutboxEvent:
    event = run_in_txn(lambda: outbox.record(user_id=user.pk, payload=UserErased(user_id=user.pk)))
    OutboxEvent.objects.filter(pk=event.pk).update(due_at=NOW, created_at=NOW)
    event.refresh_from_db()
    return event


def test_an_event_cannot_be_recorded_outside_of_a_transaction():
    ada = make_user("ada")

    with pytest.raises(RecordedOutsideTransaction):
        outbox.record(user_id=ada.pk, payload=UserErased(user_id=ada.pk))

    assert OutboxEvent.objects.count() == 0


def test_the_events_of_one_user_are_counted_without_a_gap_also_when_they_happen_at_once():
    ada, bob = make_user("ada"), make_user("bob")

    def attempt(user: User) -> None:
        try:
            record(user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(attempt, [ada] * 20 + [bob]))

    assert sorted(OutboxEvent.objects.filter(user_id=ada.pk).values_list("sequence", flat=True)) == list(range(1, 21))
    assert OutboxEvent.objects.get(user_id=bob.pk).sequence == 1
    ada.refresh_from_db()
    assert ada.version == 20


def test_a_claimed_event_is_nobody_elses_until_its_lease_ends(store):
    event = record(make_user("ada"))
    other = MongoOutboxStore(worker="two")

    (claimed,) = store.claim(limit=10, lease=LEASE, now=NOW)

    assert (claimed.event, claimed.attempts) == (event.envelope(), 0)
    assert other.claim(limit=10, lease=LEASE, now=NOW + LEASE / 2) == []
    (again,) = other.claim(limit=10, lease=LEASE, now=NOW + LEASE)
    assert (again.event.id, again.attempts) == (str(event.pk), 1)


def test_two_workers_never_hold_the_same_event():
    ada = make_user("ada")
    for _ in range(40):
        record(ada)

    def claim_all(number: int) -> list[str]:
        try:
            store, held = MongoOutboxStore(worker=str(number)), []
            while OutboxEvent.objects.filter(worker="").exists():
                held += [one.event.id for one in store.claim(limit=5, lease=LEASE, now=NOW)]
            return held
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        held = [event_id for batch in pool.map(claim_all, range(4)) for event_id in batch]

    assert len(held) == len(set(held)) == 40


def test_claiming_walks_the_index():
    ada = make_user("ada")
    for _ in range(10):
        record(ada)
    OutboxEvent.objects.filter(sequence__lte=9).update(due_at=NOW + HOUR)

    stages, examined = plan_of(OutboxEvent.objects.filter(status="pending", due_at__lte=NOW).order_by("due_at")[:5])

    assert "COLLSCAN" not in stages
    assert "SORT" not in stages
    assert examined == 1


def test_what_a_clock_that_ran_ahead_has_put_off_is_due_once_it_is_right_again(store):
    ahead, held = record(make_user("ada")), record(make_user("bob"))
    OutboxEvent.objects.filter(pk=ahead.pk).update(due_at=NOW + HOUR)
    OutboxEvent.objects.filter(pk=held.pk).update(due_at=NOW + LEASE)

    assert outbox.bring_forward(now=NOW) == 1

    assert [one.event.id for one in store.claim(limit=10, lease=LEASE, now=NOW)] == [str(ahead.pk)]


def test_what_posts_took_is_delivered(store, posts):
    event = record(make_user("ada"))

    assert deliver_due(store=store, send=posts.send, now=NOW) == 1

    event.refresh_from_db()
    assert posts.received == [event.envelope()]
    assert (event.status, event.delivered_at, event.worker) == ("delivered", NOW, "")
    assert deliver_due(store=store, send=posts.send, now=NOW + HOUR) == 0


def test_while_posts_is_down_events_wait_longer_and_longer(store, posts):
    event = record(make_user("ada"))
    posts.is_down = True
    waits = []
    for _ in range(10):
        event.refresh_from_db()
        due_at = event.due_at
        deliver_due(store=store, send=posts.send, now=due_at)
        event.refresh_from_db()
        waits.append((event.due_at - due_at).total_seconds())

    assert event.attempts == 10
    assert event.last_error == "posts: ConnectionError"
    assert waits[0] < 0.5
    assert 15 <= waits[-1] <= 30
    posts.is_down = False
    assert deliver_due(store=store, send=posts.send, now=event.due_at) == 1


def test_what_posts_refuses_for_good_is_dead_and_others_are_not_held_up(store, posts):
    ada = make_user("ada")
    erased = record(ada)
    posts.verdicts = {"user.erased": "rejected"}

    deliver_due(store=store, send=posts.send, now=NOW)

    erased.refresh_from_db()
    assert erased.status == "dead"


def test_what_is_not_taken_for_a_day_is_dead(store, posts):
    event = record(make_user("ada"))
    posts.is_down = True

    deliver_due(store=store, send=posts.send, now=NOW + 25 * HOUR)

    event.refresh_from_db()
    assert (event.status, event.last_error.startswith("not delivered in")) == ("dead", True)


@pytest.mark.parametrize("how", ["a dead one is retried", "a delivered one is replayed"])
def test_what_is_asked_for_anew_has_another_day_to_be_taken(store, posts, how):
    event, later = record(make_user("ada")), NOW + 50 * HOUR
    posts.is_down = how.startswith("a dead")
    deliver_due(store=store, send=posts.send, now=NOW + 25 * HOUR)
    posts.is_down = True

    asked = (
        outbox.retry_dead(ids=[event.pk], now=later)
        if how.startswith("a dead")
        else outbox.replay(since=event.created_at - HOUR, now=later)
    )

    assert asked == 1
    deliver_due(store=store, send=posts.send, now=later + HOUR)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("pending", 1)
    deliver_due(store=store, send=posts.send, now=later + 25 * HOUR)
    event.refresh_from_db()
    assert event.status == "dead"


def test_a_worker_that_stops_hands_back_what_it_holds_and_nothing_else(store):
    ada = make_user("ada")
    record(ada), record(ada)
    other = MongoOutboxStore(worker="two")
    store.claim(limit=1, lease=LEASE, now=NOW)
    other.claim(limit=1, lease=LEASE, now=NOW)

    assert store.hand_back(now=NOW) == 1

    assert len(other.claim(limit=10, lease=LEASE, now=NOW)) == 1


def test_delivered_events_are_purged_after_a_week_dead_ones_stay(store, posts):
    ada = make_user("ada")
    delivered, dead = record(ada), record(ada)
    OutboxEvent.objects.filter(pk=dead.pk).update(status="dead")
    deliver_due(store=store, send=posts.send, now=NOW)

    assert purge_delivered(now=NOW + timedelta(days=7)) == 0
    assert purge_delivered(now=NOW + timedelta(days=7, seconds=1)) == 1

    assert list(OutboxEvent.objects.values_list("pk", flat=True)) == [dead.pk]
    assert delivered.pk != dead.pk


def test_an_event_goes_on_with_the_trace_of_the_request_that_recorded_it(store):
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    with request_context(request_id=None, traceparent=traceparent):
        within = record(make_user("ada"))
    outside = record(make_user("bob"))

    claimed = {int(one.event.id): one.traceparent for one in store.claim(limit=10, lease=LEASE, now=NOW)}

    assert claimed[within.pk][:36] == traceparent[:36]
    assert claimed[outside.pk] == ""


def test_an_event_that_the_version_before_recorded_has_no_trace(store):
    event = record(make_user("ada"))
    connection.database["outbox"].update_one({"_id": event.pk}, {"$unset": {"traceparent": ""}})

    assert [one.traceparent for one in store.claim(limit=10, lease=LEASE, now=NOW)] == [""]
