"""Deliveries are counted by what was made of their events."""

from dataclasses import replace

import pytest

from shared.events import EVENT_STATUSES, UserRegistered, UserUpdated
from shared.inbox import RECEIVED
from tests.posts.events.test_inbox import deliver, event
from tests.posts.people import user


def received() -> dict[str, float]:
    return {status: RECEIVED.labels(status)._value.get() for status in EVENT_STATUSES}


@pytest.mark.django_db
def test_each_event_is_counted_by_its_result() -> None:
    ada = user("ada")
    registered = event(UserRegistered(user=ada), ada.id, 2)
    before = received()

    deliver(registered, registered, event(UserUpdated(user=replace(ada, bio="old")), ada.id, 1), {"id": "no event"})

    after = received()
    assert {status: after[status] - before[status] for status in after} == dict.fromkeys(EVENT_STATUSES, 1)
