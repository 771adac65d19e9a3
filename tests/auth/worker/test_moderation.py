"""What moderators of Posts decide of an account: it is heard in any order, and never above administrators."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import suspension
from auth_project.events.models import OutboxEvent
from shared.events import Event, Payload, ProfileReinstated, ProfileSuspended
from tests.auth.conftest import Api, SignedIn
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.letters import delivered
from tests.auth.worker.test_inbox import deliver
from tests.contracts.contract import example, faults

DAY = timedelta(days=1)


def word(payload: Payload, sequence: int) -> dict[str, Any]:
    return Event(
        id=f"{payload.type}-{sequence}",
        type=payload.type,
        source="posts",
        subject=payload.to_data()["user_id"],
        sequence=sequence,
        time=timezone.now(),
        data=payload.to_data(),
    ).to_json()


def suspended(user: User, sequence: int = 1, *, until: datetime | None = None) -> dict[str, Any]:
    return word(ProfileSuspended(user_id=user.pk, reason="Advertising", until=until), sequence)


def reinstated(user: User, sequence: int = 2) -> dict[str, Any]:
    return word(ProfileReinstated(user_id=user.pk), sequence)


def status(user: User) -> str:
    return User.objects.get(pk=user.pk).status


def told() -> list[str]:
    return list(OutboxEvent.objects.order_by("sequence").values_list("type", flat=True))


def may_sign_in(user: User) -> bool:
    answer = Api().post("/api/v1/auth/login", {"login": user.username, "password": PASSWORD})
    return answer.status_code == 200


def test_a_suspension_by_moderators_is_as_one_by_administrators(ada: SignedIn) -> None:
    until = (timezone.now() + DAY).replace(microsecond=0)

    assert deliver(suspended(ada.user, until=until)) == ["applied"]

    user = User.objects.get()
    assert (user.status, user.suspension_reason, user.suspended_until) == ("suspended", "Advertising", until)
    assert told() == ["user.deactivated", "tokens.revoked"]
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert not may_sign_in(user)
    [letter] = delivered()
    assert "The reason: Advertising\n" in letter.body
    assert f"until {until:%Y-%m-%d %H:%M} UTC." in letter.body


def test_its_end_lets_them_in_again(ada: SignedIn) -> None:
    deliver(suspended(ada.user))

    assert deliver(reinstated(ada.user)) == ["applied"]

    user = User.objects.get()
    assert (user.status, user.suspension_reason, user.suspended_by_posts) == ("active", "", False)
    assert told() == ["user.deactivated", "tokens.revoked", "user.reactivated"]
    assert may_sign_in(user)
    assert [letter.subject.split(": ")[1] for letter in delivered()] == [
        "your account was suspended",
        "your account is back",
    ]


def test_a_word_that_comes_after_its_successor_is_not_heard(ada: SignedIn) -> None:
    assert deliver(reinstated(ada.user, 2), suspended(ada.user, 1)) == ["stale", "stale"]

    assert (status(ada.user), told()) == ("active", [])


def test_each_is_heard_once(ada: SignedIn) -> None:
    assert deliver(suspended(ada.user), suspended(ada.user)) == ["applied", "duplicate"]
    assert deliver({**suspended(ada.user), "id": "again"}) == ["stale"]

    assert len(told()) == 2


def test_what_administrators_suspended_moderators_do_not_end(ada: SignedIn) -> None:
    suspension.suspend(user_id=ada.user.pk, reason="Fraud", until=None, by=None, now=timezone.now())

    assert deliver(suspended(ada.user, 1), reinstated(ada.user, 2)) == ["stale", "stale"]

    user = User.objects.get()
    assert (user.status, user.suspension_reason) == ("suspended", "Fraud")
    assert len(told()) == 2


def test_what_administrators_take_over_is_theirs(ada: SignedIn) -> None:
    deliver(suspended(ada.user, 1))
    suspension.suspend(user_id=ada.user.pk, reason="Fraud", until=None, by=None, now=timezone.now())

    assert deliver(reinstated(ada.user, 2)) == ["stale"]

    assert status(ada.user) == "suspended"


def test_administrators_end_what_moderators_began(ada: SignedIn) -> None:
    deliver(suspended(ada.user, 1))

    assert suspension.reinstate(user_id=ada.user.pk, by=None, now=timezone.now())

    assert deliver(reinstated(ada.user, 2)) == ["stale"]
    assert status(ada.user) == "active"


@pytest.mark.parametrize("role", [{"is_staff": True}, {"is_staff": True, "is_superuser": True}])
def test_moderators_do_not_shut_out_staff(role: dict[str, bool]) -> None:
    chief = make_user("chief", **role)

    assert deliver(suspended(chief)) == ["stale"]

    assert (status(chief), told()) == ("active", [])


def test_a_suspension_that_is_over_when_it_arrives_is_none(ada: SignedIn) -> None:
    assert deliver(suspended(ada.user, until=timezone.now() - DAY)) == ["stale"]

    assert (status(ada.user), told()) == ("active", [])


def test_a_suspension_with_an_end_is_lifted_here_too(ada: SignedIn) -> None:
    deliver(suspended(ada.user, until=timezone.now() + DAY))

    assert suspension.lift_expired(now=timezone.now() + 2 * DAY) == 1

    assert User.objects.get().suspended_by_posts is False
    assert deliver(reinstated(ada.user)) == ["stale"]


def test_nobody_is_made_up() -> None:
    nobody = User(id=5)

    assert deliver(suspended(nobody), reinstated(nobody)) == ["stale", "stale"]
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["event.profile.suspended", "event.profile.reinstated"])
def test_the_events_of_the_contract_are_taken(name: str) -> None:
    document = example(name)
    make_user("ada", id=int(document["subject"]))
    until = {"until": None} if "until" in document["data"] else {}

    assert faults(name, document) == []
    assert deliver({**document, "data": {**document["data"], **until}}) in (["applied"], ["stale"])


def test_a_reason_is_cut_to_what_is_kept(ada: SignedIn) -> None:
    payload = ProfileSuspended(user_id=ada.user.pk, reason="x" * 2_000, until=None)

    assert deliver(word(payload, 1)) == ["applied"]

    assert len(User.objects.get().suspension_reason) == suspension.LONGEST_REASON
