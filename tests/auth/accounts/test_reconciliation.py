"""What Posts may ask when it cannot be sure to have heard everything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import profile
from auth_project.accounts.views import reconciliation
from auth_project.events.models import OutboxEvent
from shared.snowflakes import least_id_at
from tests.auth.fakes import make_user


def event(user_id: int, sequence: int, type_: str = "session.revoked", **changes: object) -> OutboxEvent:
    return OutboxEvent.objects.create(user_id=user_id, sequence=sequence, type=type_, data={}, **changes)


def test_everybody_is_listed_page_by_page_in_the_order_of_ids(posts_service, monkeypatch):
    monkeypatch.setattr(reconciliation, "USERS_A_PAGE", 2)
    ids = sorted(make_user(f"user_{number}").pk for number in range(5))

    pages, after = [], 0
    while page := posts_service.get(f"/internal/v1/users/all?after={after}").json()["users"]:
        pages.append([int(one["user"]["id"]) for one in page])
        after = pages[-1][-1]

    assert pages == [ids[:2], ids[2:4], ids[4:]]


def test_a_listed_user_has_the_state_and_the_sequence_of_the_last_event(posts_service):
    ada = make_user("ada")
    profile.update(user_id=ada.pk, bio="new")

    answer = posts_service.get("/internal/v1/users/all?after=0").json()

    assert answer == {"users": [{"user": User.objects.get().public_state.to_json(), "sequence": 1}]}


def test_events_of_one_user_beyond_a_sequence_come_in_their_order(posts_service):
    for sequence in (3, 1, 2):
        event(7, sequence)
    event(8, 2)

    answer = posts_service.get("/internal/v1/users/7/events?after=1").json()

    assert [(one["subject"], one["sequence"]) for one in answer["events"]] == [("7", 2), ("7", 3)]
    assert answer["sequence"] == 3


def test_events_that_nobody_keeps_any_more_leave_the_sequence(posts_service):
    ada = make_user("ada")
    User.objects.update(version=9)

    assert posts_service.get(f"/internal/v1/users/{ada.pk}/events?after=2").json() == {"events": [], "sequence": 9}


def test_revocations_are_those_that_may_still_matter_to_a_token(posts_service):
    now = timezone.now()
    event(7, 1, id=least_id_at(now - timedelta(minutes=16)))
    first = event(7, 2, "tokens.revoked", id=least_id_at(now - timedelta(minutes=14)))
    event(7, 3, "user.updated")
    second = event(8, 1)

    def asked(after: int) -> list[str]:
        answer = posts_service.get(f"/internal/v1/revocations?after={after}").json()
        return [one["id"] for one in answer["events"]]

    assert asked(0) == [str(first.pk), str(second.pk)]
    assert asked(first.pk) == [str(second.pk)]
    assert asked(second.pk) == []


@pytest.mark.parametrize("query", ["", "?after=", "?after=-1", "?after=x", f"?after={2**63}", "?after=0&limit=9"])
@pytest.mark.parametrize("path", ["users/all", "users/7/events", "revocations"])
def test_a_question_that_makes_no_sense_is_refused(posts_service, path, query):
    answer = posts_service.get(f"/internal/v1/{path}{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "after")


def test_a_user_id_that_is_none_is_404(posts_service):
    assert posts_service.get("/internal/v1/users/none/events?after=0").status_code == 404
