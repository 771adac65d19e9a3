"""Suspended, and back: the state, what Posts hears, and what ends."""

from datetime import timedelta

import pytest

from auth_project.accounts.models import User
from auth_project.accounts.services import suspension
from auth_project.accounts.services.suspension import CannotSuspend, lift_expired
from auth_project.events.models import OutboxEvent
from shared.problems import NotFound
from tests.auth.fakes import NOW, make_user
from tests.auth.letters import delivered

DAY = timedelta(days=1)


def suspend(user: User, **changes) -> User:
    return suspension.suspend(user_id=user.pk, **{"reason": "spam", "until": None, "by": None, "now": NOW, **changes})


def told() -> list[tuple[str, str]]:
    """What Posts hears, in order."""
    events = OutboxEvent.objects.order_by("sequence")
    return [(event.type, event.data.get("user", {}).get("state", "")) for event in events]


def test_a_suspension_is_one_change_with_its_events():
    ada = make_user("ada")

    suspend(ada, until=NOW + DAY)

    ada.refresh_from_db()
    assert (ada.status, ada.suspension_reason, ada.suspended_until) == ("suspended", "spam", NOW + DAY)
    assert (ada.valid_after, ada.version) == (NOW, 2)
    assert told() == [("user.deactivated", "suspended"), ("tokens.revoked", "")]


def test_suspending_again_replaces_reason_and_end_and_tells_nobody():
    ada = make_user("ada")
    suspend(ada, until=NOW + DAY)

    suspend(ada, reason="worse", until=None)

    ada.refresh_from_db()
    assert (ada.suspension_reason, ada.suspended_until) == ("worse", None)
    assert len(told()) == 2


def test_reinstating_leaves_nothing_of_the_suspension_but_the_end_of_sessions():
    ada = make_user("ada")
    suspend(ada, until=NOW + DAY)

    assert suspension.reinstate(user_id=ada.pk, by=None, now=NOW + DAY)
    assert not suspension.reinstate(user_id=ada.pk, by=None, now=NOW + DAY)

    ada.refresh_from_db()
    assert (ada.status, ada.suspension_reason, ada.suspended_until) == ("active", "", None)
    assert ada.valid_after == NOW
    assert told()[2:] == [("user.reactivated", "active")]


@pytest.mark.parametrize("until", [NOW, NOW - DAY])
def test_an_end_that_has_passed_is_refused(until):
    with pytest.raises(CannotSuspend):
        suspend(make_user("ada"), until=until)

    assert told() == []


def test_nobody_suspends_themselves():
    al = make_user("al", is_staff=True, is_superuser=True)

    with pytest.raises(CannotSuspend):
        suspend(al, by=al.pk)


def test_who_is_not_there_cannot_be_suspended():
    with pytest.raises(NotFound):
        suspension.suspend(user_id=5, reason="x", until=None, by=None, now=NOW)


def test_a_suspension_ends_by_itself_at_its_time_and_not_before():
    ada, bob, cat = (make_user(name) for name in ("ada", "bob", "cat"))
    suspend(ada, until=NOW + DAY), suspend(bob, until=NOW + 2 * DAY), suspend(cat)

    assert lift_expired(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert lift_expired(now=NOW + DAY) == 1
    assert lift_expired(now=NOW + DAY) == 0

    assert list(User.objects.filter(status="suspended").order_by("pk")) == [bob, cat]
    assert OutboxEvent.objects.filter(type="user.reactivated").count() == 1


def test_the_owner_is_told_why_until_when_and_when_it_is_over():
    ada = make_user("ada")
    suspend(ada, until=NOW + DAY)
    suspension.reinstate(user_id=ada.pk, by=None, now=NOW)

    suspended, back = delivered()

    assert (suspended.to, suspended.subject) == (["ada@example.com"], "Social: your account was suspended")
    assert "until 2026-11-23 09:30 UTC." in suspended.body
    assert "The reason: spam\n" in suspended.body
    assert (back.to, back.subject) == (["ada@example.com"], "Social: your account is back")
