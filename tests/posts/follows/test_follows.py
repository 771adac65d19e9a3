"""Following, requests, and counts that stay exact."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from posts_project.follows.models import Follow
from posts_project.profiles.models import Profile
from posts_project.profiles.services.apply import apply_state
from tests.posts.people import Person, Visitor


def test_following_answers_the_profile_and_twice_is_as_once(ada: Person, bob: Person) -> None:
    once = bob.put("/api/v1/profiles/ada/follow")
    twice = bob.put("/api/v1/profiles/ada/follow")

    assert once.json()["viewer"]["following"] is True
    assert once.json()["counts"]["followers"] == 1
    assert twice.json() == once.json()
    assert Follow.objects.count() == 1


def test_unfollowing_twice_is_as_once(ada: Person, bob: Person) -> None:
    bob.follows(ada)

    once = bob.delete("/api/v1/profiles/ada/follow")
    twice = bob.delete("/api/v1/profiles/ada/follow")

    assert (once.status_code, once.json()) == (200, twice.json())
    assert once.json()["counts"]["followers"] == 0
    assert bob.get("/api/v1/profiles/bob").json()["counts"]["following"] == 0


def test_nobody_follows_themselves(ada: Person) -> None:
    response = ada.put("/api/v1/profiles/ada/follow")

    assert (response.status_code, response.json()["code"]) == (400, "cannot_follow_self")


def test_the_database_knows_that_too(ada: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(follower_id=ada.id, followee_id=ada.id, since=1)


def test_private_profile_gets_a_request_and_decides(person: Callable[..., Person], bob: Person, cat: Person) -> None:
    ada = person("ada", is_private=True)
    post = ada.writes("for followers")

    asked = bob.put("/api/v1/profiles/ada/follow").json()
    assert (asked["viewer"]["following"], asked["viewer"]["requested"]) == (False, True)
    assert asked["counts"]["followers"] == 0
    assert bob.home() == []
    cat.follows(ada)
    listed = ada.get("/api/v1/follow-requests").json()
    assert listed == {"results": [cat.short, bob.short], "next": None, "previous": None}

    accepted = ada.put("/api/v1/follow-requests/bob/accept")
    rejected = ada.put("/api/v1/follow-requests/cat/reject")
    assert accepted.json()["viewer"]["followed_by"] is True
    assert rejected.json()["viewer"]["followed_by"] is False
    assert bob.home() == [post["id"]]
    assert cat.home() == []
    assert ada.get("/api/v1/follow-requests").json()["results"] == []


def test_request_can_be_withdrawn(person: Callable[..., Person], bob: Person) -> None:
    ada = person("ada", is_private=True)
    bob.follows(ada)

    bob.unfollows(ada)

    assert ada.get("/api/v1/follow-requests").json()["results"] == []
    assert ada.put("/api/v1/follow-requests/bob/accept").status_code == 404


def test_follower_of_a_profile_that_turned_private_stays(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    apply_state(type(ada.user)(**{**vars(ada.user), "is_private": True}), version=2)

    again = bob.put("/api/v1/profiles/ada/follow").json()

    assert (again["viewer"]["following"], again["viewer"]["requested"]) == (True, False)


@pytest.mark.parametrize("path", ["profiles/nobody/follow", "follow-requests/bob/accept", "follow-requests/bob/reject"])
def test_what_is_not_there_is_404(path: str, ada: Person, bob: Person) -> None:
    assert ada.put(f"/api/v1/{path}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "profiles/ada/follow"),
        ("delete", "profiles/ada/follow"),
        ("get", "follow-requests"),
        ("put", "follow-requests/bob/accept"),
        ("put", "follow-requests/bob/reject"),
    ],
)
def test_all_of_it_needs_a_token(method: str, path: str, ada: Person, anyone: Visitor) -> None:
    response = getattr(anyone, method)(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_requests_are_paged_in_one_query(person: Callable[..., Person], django_assert_num_queries: Any) -> None:
    ada = person("ada", is_private=True)
    fans = [person(f"fan_{n}") for n in range(5)]
    for fan in fans:
        fan.follows(ada)

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/follow-requests?limit=2").json()
    second = ada.get(first["next"]).json()
    back = ada.get(second["previous"]).json()

    names = [profile["username"] for page in (first, second) for profile in page["results"]]
    assert names == ["fan_4", "fan_3", "fan_2", "fan_1"]
    assert back["results"] == first["results"]


@pytest.mark.django_db(transaction=True)
def test_fifty_follows_at_once_are_counted_exactly(person: Callable[..., Person], ada: Person) -> None:
    fans = [person(f"fan_{n}") for n in range(25)]
    answers: list[int] = []

    def follow(fan: Person) -> None:
        try:
            answers.append(fan.put("/api/v1/profiles/ada/follow").status_code)
            answers.append(ada.put(f"/api/v1/profiles/{fan.username}/follow").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=follow, args=(fan,)) for fan in fans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 50
    assert ada.get("/api/v1/profiles/ada").json()["counts"] == {"posts": 0, "followers": 25, "following": 25}
    assert Profile.objects.get(id=ada.id).version == 1
