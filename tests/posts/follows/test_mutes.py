"""Muting: nothing of somebody in what comes to one, and everything where one looks for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from posts_project.follows.models import Mute
from posts_project.follows.services import mutes
from posts_project.profiles.services.apply import apply_state
from shared.wire import parse_timestamp
from tests.posts.people import Person, Visitor

YEAR = 365 * 24 * 3600
# To the database it is always the moment at which a test's transaction began.
AN_HOUR_AGO = timezone.now() - timedelta(hours=1)


def test_muting_answers_the_profile_and_twice_is_as_once(ada: Person, bob: Person) -> None:
    before = ada.get("/api/v1/profiles/bob").json()

    once = ada.put("/api/v1/profiles/bob/mute")
    twice = ada.put("/api/v1/profiles/bob/mute", {})

    assert once.json() == {**before, "viewer": {**before["viewer"], "muting": True}}
    assert (once.status_code, twice.json()) == (200, once.json())
    assert Mute.objects.count() == 1
    assert bob.get("/api/v1/profiles/ada").json()["viewer"]["muting"] is False


def test_unmuting_twice_is_as_once(ada: Person, bob: Person) -> None:
    ada.put("/api/v1/profiles/bob/mute")

    once = ada.delete("/api/v1/profiles/bob/mute")
    twice = ada.delete("/api/v1/profiles/bob/mute")

    assert (once.status_code, once.json()["viewer"]["muting"]) == (200, False)
    assert twice.json() == once.json()
    assert not Mute.objects.exists()


def test_nobody_mutes_themselves(ada: Person) -> None:
    response = ada.put("/api/v1/profiles/ada/mute")

    assert (response.status_code, response.json()["code"]) == (400, "cannot_mute_self")
    with pytest.raises(IntegrityError), transaction.atomic():
        Mute.objects.create(profile_id=ada.id, other_id=ada.id, since=1)


def test_the_muted_are_silent_in_timelines_and_present_elsewhere(ada: Person, bob: Person, cat: Person) -> None:
    ada.follows(bob)
    ada.follows(cat)
    post, other = bob.writes("Hello #tag"), cat.writes("Other")
    cat.put(f"/api/v1/posts/{post['id']}/repost")
    bob.put(f"/api/v1/posts/{other['id']}/repost")

    ada.put("/api/v1/profiles/bob/mute")

    assert ada.home() == [other["id"]]
    assert [entry["post"]["id"] for entry in ada.get("/api/v1/timelines/public").json()["results"]] == [other["id"]]
    assert len(ada.get("/api/v1/timelines/profiles/bob").json()["results"]) == 2
    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 200
    assert ada.get("/api/v1/profiles/bob").json()["viewer"]["following"] is True
    ada.delete("/api/v1/profiles/bob/mute")
    assert ada.home() == [other["id"], post["id"]]


def test_what_a_muted_one_reposts_does_not_come_home(ada: Person, bob: Person, cat: Person) -> None:
    ada.follows(bob)
    post = cat.writes("Hello")
    bob.put(f"/api/v1/posts/{post['id']}/repost")
    assert ada.home() == [post["id"]]

    ada.put("/api/v1/profiles/bob/mute")

    assert ada.home() == []


def test_a_mute_ends_by_itself_and_can_be_made_longer_and_shorter(ada: Person, bob: Person) -> None:
    ada.follows(bob)
    post = bob.writes("Hello")

    ada.put("/api/v1/profiles/bob/mute", {"expires_in": 3600})
    [listed] = ada.get("/api/v1/mutes").json()["results"]
    ends_in = parse_timestamp(listed.pop("expires_at")) - timezone.now()
    assert (listed, timedelta(minutes=55) < ends_in <= timedelta(hours=1)) == (bob.short, True)
    ada.put("/api/v1/profiles/bob/mute")
    assert ada.get("/api/v1/mutes").json()["results"] == [{**bob.short, "expires_at": None}]

    answer = ada.put("/api/v1/profiles/bob/mute", {"expires_in": YEAR})
    assert answer.json()["viewer"]["muting"] is True
    assert ada.home() == []
    Mute.objects.update(expires_at=AN_HOUR_AGO)
    assert ada.home() == [post["id"]]
    assert ada.get("/api/v1/profiles/bob").json()["viewer"]["muting"] is False
    assert ada.get("/api/v1/mutes").json()["results"] == []


@pytest.mark.parametrize("seconds", [0, -1, YEAR + 1, 2**63, 1.5, "60", True, []])
def test_a_time_that_is_none_is_refused(seconds: Any, ada: Person, bob: Person) -> None:
    response = ada.put("/api/v1/profiles/bob/mute", {"expires_in": seconds})

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == ["expires_in"]
    assert not Mute.objects.exists()


def test_unknown_field_is_refused(ada: Person, bob: Person) -> None:
    response = ada.put("/api/v1/profiles/bob/mute", {"expires_at": None})

    assert response.json()["errors"][0]["code"] == "unknown_field"


def test_own_mutes_are_listed_newest_first_in_one_query(
    person: Callable[..., Person], ada: Person, django_assert_num_queries: Any
) -> None:
    others = [person(f"other_{n}") for n in range(6)]
    for other in others:
        ada.put(f"/api/v1/profiles/{other.username}/mute")
    ada.put("/api/v1/profiles/other_3/mute", {"expires_in": 60})
    ada.put("/api/v1/profiles/other_0/block")
    apply_state(type(others[1].user)(**{**vars(others[1].user), "state": "suspended"}), version=2)

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/mutes?limit=3").json()
    second = ada.get(first["next"]).json()

    assert [found["username"] for found in first["results"]] == ["other_5", "other_4", "other_3"]
    assert (second["results"], second["next"]) == ([{**others[2].short, "expires_at": None}], None)


def test_mutes_that_are_over_are_removed_and_begun_anew(ada: Person, bob: Person, cat: Person) -> None:
    ada.put("/api/v1/profiles/bob/mute", {"expires_in": 60})
    ada.put("/api/v1/profiles/cat/mute", {"expires_in": 7200})
    Mute.objects.filter(other_id=bob.id).update(expires_at=AN_HOUR_AGO)
    ada.put("/api/v1/profiles/bob/mute", {"expires_in": 60})
    assert [found["username"] for found in ada.get("/api/v1/mutes").json()["results"]] == ["bob", "cat"]

    removed = mutes.purge(now=timezone.now() + timedelta(hours=1))

    assert removed == 1
    assert [found["username"] for found in ada.get("/api/v1/mutes").json()["results"]] == ["cat"]


@pytest.mark.parametrize(
    ("method", "path"), [("put", "profiles/ada/mute"), ("delete", "profiles/ada/mute"), ("get", "mutes")]
)
def test_muting_needs_a_token(method: str, path: str, ada: Person, anyone: Visitor) -> None:
    response = getattr(anyone, method)(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
