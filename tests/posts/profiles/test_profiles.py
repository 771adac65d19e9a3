"""Profiles: filled on a miss by one call, provisional while Auth is down, shown with counts and relations."""

from collections.abc import Callable
from typing import Any

import pytest

from posts_project.auth_client import RemoteUser
from posts_project.profiles.models import Profile
from tests.posts.conftest import JobRunner
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import Person, Visitor, user


def test_whole_profile(ada: Person, bob: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    ada.writes("one")
    whole = {
        **ada.short,
        "bio": "",
        "created_at": "2026-01-02T03:04:05.678Z",
        "counts": {"posts": 1, "followers": 1, "following": 0},
        "viewer": {"following": False, "followed_by": False, "requested": False, "blocking": False, "muting": False},
    }

    assert anyone.get("/api/v1/profiles/ada").json() == whole
    assert bob.get("/api/v1/profiles/ada").json()["viewer"] == {**whole["viewer"], "following": True}
    assert ada.get("/api/v1/profiles/bob").json()["viewer"] == {**whole["viewer"], "followed_by": True}


@pytest.mark.parametrize("spelling", ["ADA", "Ada", "ada/", "%EF%BC%A1da"])
def test_username_is_compared_folded(spelling: str, ada: Person, anyone: Visitor) -> None:
    assert anyone.get(f"/api/v1/profiles/{spelling}").json()["id"] == str(ada.id)


def test_unknown_profile_is_fetched_once(anyone: Visitor, auth: FakeAuthClient, db: None) -> None:
    auth.knows(RemoteUser(user=user("ada"), sequence=3))

    assert anyone.get("/api/v1/profiles/ada").json()["username"] == "ada"
    assert anyone.get("/api/v1/profiles/ada").status_code == 200
    assert auth.calls == [("ada",)]


def test_absent_profile_is_asked_for_once(anyone: Visitor, auth: FakeAuthClient) -> None:
    assert [anyone.get("/api/v1/profiles/nobody").status_code for _ in range(3)] == [404] * 3
    assert auth.calls == [("nobody",)]

    auth.down = True
    assert anyone.get("/api/v1/profiles/nobody").status_code == 404


def test_impossible_username_is_never_asked_for(anyone: Visitor, auth: FakeAuthClient) -> None:
    assert anyone.get("/api/v1/profiles/no-such-name").status_code == 404
    assert anyone.get("/api/v1/profiles/~1").status_code == 404
    assert auth.calls == []


def test_unknown_profile_is_503_while_auth_is_down(anyone: Visitor, auth: FakeAuthClient) -> None:
    auth.down = True

    response = anyone.get("/api/v1/profiles/ada")

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert int(response.headers["Retry-After"]) >= 1


def test_batch_keeps_the_order_and_fetches_what_is_missing_in_one_call(
    ada: Person, bob: Person, anyone: Visitor, auth: FakeAuthClient
) -> None:
    far = user("far")
    auth.knows(RemoteUser(user=far, sequence=1))

    response = anyone.get(f"/api/v1/profiles?ids={bob.id},{far.id},{ada.id},{bob.id},1")

    assert [profile["username"] for profile in response.json()["results"]] == ["bob", "far", "ada"]
    assert len(auth.calls) == 1


def test_batch_asks_for_an_absent_id_once(anyone: Visitor, auth: FakeAuthClient) -> None:
    anyone.get("/api/v1/profiles?ids=1")
    anyone.get("/api/v1/profiles?ids=1")

    assert auth.calls == [("1",)]


@pytest.mark.parametrize(
    "ids", ["", "x", "1,x", "-1", "0", str(2**63), ",".join(str(n) for n in range(1, 102)), "1.5", "%00"]
)
def test_bad_ids_are_400(ids: str, anyone: Visitor) -> None:
    response = anyone.get(f"/api/v1/profiles?ids={ids}")

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("count", [1, 30])
def test_batch_is_a_constant_number_of_queries(
    count: int, person: Callable[..., Person], anyone: Visitor, django_assert_num_queries: Any
) -> None:
    ids = ",".join(str(person(f"person_{n}").id) for n in range(count))

    with django_assert_num_queries(2):
        anyone.get(f"/api/v1/profiles?ids={ids}")


def test_newcomer_writes_with_auths_word(newcomer: Callable[..., Person], auth: FakeAuthClient) -> None:
    eve = newcomer("eve", display_name="Eve")
    auth.knows(RemoteUser(user=eve.user, sequence=4))

    post = eve.writes("Hello")

    assert (post["author"]["display_name"], post["visibility"]) == ("Eve", "public")
    assert Profile.objects.get(id=eve.id).version == 4


def test_newcomer_writes_while_auth_is_down_and_stays_private_until_it_is_back(
    newcomer: Callable[..., Person], auth: FakeAuthClient, jobs: JobRunner, anyone: Visitor
) -> None:
    auth.down = True
    eve = newcomer("eve")

    post = eve.writes("Hello @stranger")
    assert (post["author"]["is_private"], post["visibility"], post["mentions"]) == (True, "followers", [])
    assert anyone.get(f"/api/v1/posts/{post['id']}").status_code == 404

    auth.down = False
    auth.knows(RemoteUser(user=eve.user, sequence=4))
    jobs.run()
    assert Profile.objects.get(id=eve.id).is_private is False


def test_conditional_read(ada: Person, anyone: Visitor) -> None:
    etag = anyone.get("/api/v1/profiles/ada").headers["ETag"]

    assert anyone.get("/api/v1/profiles/ada", headers={"If-None-Match": etag}).status_code == 304
    ada.writes("changes the counts")
    assert anyone.get("/api/v1/profiles/ada", headers={"If-None-Match": etag}).status_code == 200
