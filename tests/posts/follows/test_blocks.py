"""Blocking: each is absent for the other everywhere, whoever of the two wanted it, until they take it back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from posts_project.follows.models import Block, Follow, FollowRequest
from posts_project.profiles.services.apply import apply_state
from tests.posts.people import Person, Visitor

UNRELATED = {"following": False, "followed_by": False, "requested": False, "blocking": False, "muting": False}


def test_blocking_answers_the_profile_and_twice_is_as_once(ada: Person, bob: Person) -> None:
    before = ada.get("/api/v1/profiles/bob").json()

    once = ada.put("/api/v1/profiles/bob/block")
    twice = ada.put("/api/v1/profiles/bob/block")

    assert (once.status_code, twice.status_code) == (200, 200)
    assert once.json() == {**before, "viewer": {**UNRELATED, "blocking": True}}
    assert twice.json() == once.json()
    assert once.headers["ETag"] == twice.headers["ETag"]
    assert list(Block.objects.order_by("blocks").values_list("profile_id", "other_id", "blocks")) == [
        (bob.id, ada.id, False),
        (ada.id, bob.id, True),
    ]


def test_unblocking_twice_is_as_once_and_brings_no_follow_back(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    ada.put("/api/v1/profiles/bob/block")

    once = ada.delete("/api/v1/profiles/bob/block")
    twice = ada.delete("/api/v1/profiles/bob/block")

    assert (once.status_code, once.json()["viewer"]) == (200, UNRELATED)
    assert twice.json() == once.json()
    assert not Block.objects.exists()
    assert bob.get("/api/v1/profiles/ada").json()["viewer"] == UNRELATED


def test_nobody_blocks_themselves(ada: Person) -> None:
    response = ada.put("/api/v1/profiles/ada/block")

    assert (response.status_code, response.json()["code"]) == (400, "cannot_block_self")
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.create(profile_id=ada.id, other_id=ada.id, blocks=True, since=1)


def test_a_block_ends_follows_both_ways_and_their_counts_and_empties_homes(ada: Person, bob: Person) -> None:
    ada.follows(bob)
    bob.follows(ada)
    ada.writes("from Ada")
    own = bob.writes("from Bob")

    answer = ada.put("/api/v1/profiles/bob/block").json()

    assert answer["counts"] == {"posts": 1, "followers": 0, "following": 0}
    assert ada.get("/api/v1/profiles/ada").json()["counts"] == {"posts": 1, "followers": 0, "following": 0}
    assert not Follow.objects.exists()
    assert bob.home() == [own["id"]]


def test_a_block_ends_requests_both_ways(person: Callable[..., Person]) -> None:
    ada, bob = person("ada", is_private=True), person("bob", is_private=True)
    ada.follows(bob)
    bob.follows(ada)

    ada.put("/api/v1/profiles/bob/block")

    assert not FollowRequest.objects.exists()
    assert ada.get("/api/v1/follow-requests").json()["results"] == []
    assert bob.get("/api/v1/follow-requests").json()["results"] == []


@pytest.mark.parametrize("who_blocks", ["ada", "bob"])
def test_each_is_absent_for_the_other_and_for_nobody_else(
    who_blocks: str, ada: Person, bob: Person, cat: Person, anyone: Visitor
) -> None:
    post = bob.writes("Hello @ada")
    blocker, blocked = (ada, bob) if who_blocks == "ada" else (bob, ada)
    blocker.put(f"/api/v1/profiles/{blocked.username}/block")

    reads = [
        "profiles/bob", "profiles/bob/followers", "profiles/bob/following", "timelines/profiles/bob",
        f"posts/{post['id']}", f"posts/{post['id']}/thread", f"posts/{post['id']}/replies",
        f"posts/{post['id']}/history", f"posts/{post['id']}/likes", f"posts/{post['id']}/reposts",
    ]  # fmt: skip
    assert {path: ada.get(f"/api/v1/{path}").status_code for path in reads} == dict.fromkeys(reads, 404)
    writes = [
        "profiles/bob/follow", "profiles/bob/mute", "follow-requests/bob/accept", "follow-requests/bob/reject",
        f"posts/{post['id']}/like", f"posts/{post['id']}/repost", f"posts/{post['id']}/bookmark",
        f"posts/{post['id']}/mute",
    ]  # fmt: skip
    assert {path: ada.put(f"/api/v1/{path}").status_code for path in writes} == dict.fromkeys(writes, 404)
    assert ada.delete("/api/v1/profiles/bob/follow").status_code == 404
    assert ada.delete("/api/v1/profiles/bob/mute").status_code == 404
    assert ada.post("/api/v1/posts", {"text": "x", "in_reply_to": post["id"]}).status_code == 400
    assert ada.get(f"/api/v1/profiles?ids={bob.id},{cat.id}").json()["results"] == [
        ada.get("/api/v1/profiles/cat").json()
    ]
    assert ada.get(f"/api/v1/posts?ids={post['id']}").json()["results"] == []
    assert ada.get("/api/v1/timelines/public").json()["results"] == []
    for other in (cat, anyone):
        assert {path: other.get(f"/api/v1/{path}").status_code for path in reads} == dict.fromkeys(reads, 200)


def test_the_blocked_are_left_out_of_lists_of_people(ada: Person, bob: Person, cat: Person) -> None:
    post = cat.writes("Hello")
    for fan in (ada, bob):
        fan.follows(cat)
        cat.follows(fan)
        fan.put(f"/api/v1/posts/{post['id']}/like")
        fan.put(f"/api/v1/posts/{post['id']}/repost")
    ada.put("/api/v1/profiles/bob/block")

    for path in (
        "profiles/cat/followers",
        "profiles/cat/following",
        f"posts/{post['id']}/likes",
        f"posts/{post['id']}/reposts",
    ):
        assert names(cat, path) == ["bob", "ada"]
        assert names(ada, path) == ["ada"]
        assert names(bob, path) == ["bob"]


def test_a_name_of_somebody_blocked_is_just_a_name(ada: Person, bob: Person, cat: Person) -> None:
    ada.put("/api/v1/profiles/bob/block")

    by_blocker = ada.writes("Hello @bob and @cat", visibility="mentioned")
    by_blocked = bob.writes("Hello @ada and @cat")
    edited = ada.patch(f"/api/v1/posts/{by_blocker['id']}", {"text": "Again @bob"}).json()

    assert [mention["username"] for mention in by_blocker["mentions"]] == ["cat"]
    assert [mention["username"] for mention in by_blocked["mentions"]] == ["cat"]
    assert edited["mentions"] == []
    ada.delete("/api/v1/profiles/bob/block")
    assert bob.get(f"/api/v1/posts/{by_blocker['id']}").status_code == 404


def test_both_can_block_and_each_ends_only_their_own(ada: Person, bob: Person) -> None:
    ada.put("/api/v1/profiles/bob/block")
    answer = bob.put("/api/v1/profiles/ada/block")
    assert (answer.status_code, answer.json()["viewer"]["blocking"]) == (200, True)
    assert names(ada, "blocks") == ["bob"]
    assert names(bob, "blocks") == ["ada"]

    assert bob.delete("/api/v1/profiles/ada/block").json()["viewer"]["blocking"] is False
    assert names(bob, "blocks") == []
    assert bob.get("/api/v1/profiles/ada").status_code == ada.get("/api/v1/profiles/bob").status_code == 404

    bob.delete("/api/v1/profiles/ada/block")
    assert ada.get("/api/v1/profiles/bob").status_code == 404
    ada.delete("/api/v1/profiles/bob/block")
    assert bob.get("/api/v1/profiles/ada").status_code == ada.get("/api/v1/profiles/bob").status_code == 200


def test_own_blocks_are_listed_newest_first_in_one_query(
    person: Callable[..., Person], ada: Person, django_assert_num_queries: Any
) -> None:
    others = [person(f"other_{n}") for n in range(5)]
    for other in others:
        ada.put(f"/api/v1/profiles/{other.username}/block")
    others[0].put("/api/v1/profiles/ada/block")
    apply_state(type(others[1].user)(**{**vars(others[1].user), "state": "suspended"}), version=2)

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/blocks?limit=3").json()
    second = ada.get(first["next"]).json()

    assert first["results"] == [others[4].short, others[3].short, others[2].short]
    assert (second["results"], second["next"]) == ([others[0].short], None)
    assert names(others[0], "blocks") == ["ada"]
    assert others[0].get(first["next"]).status_code == 400


def test_likes_and_bookmarks_of_the_blocked_return_with_them(ada: Person, bob: Person) -> None:
    post = bob.writes("Hello")
    for mark in ("like", "bookmark"):
        ada.put(f"/api/v1/posts/{post['id']}/{mark}")
    ada.put("/api/v1/profiles/bob/block")
    assert ada.get("/api/v1/likes").json()["results"] == ada.get("/api/v1/bookmarks").json()["results"] == []

    ada.delete("/api/v1/profiles/bob/block")

    assert [found["id"] for found in ada.get("/api/v1/likes").json()["results"]] == [post["id"]]


@pytest.mark.parametrize(
    ("method", "path"), [("put", "profiles/ada/block"), ("delete", "profiles/ada/block"), ("get", "blocks")]
)
def test_blocking_needs_a_token(method: str, path: str, ada: Person, anyone: Visitor) -> None:
    response = getattr(anyone, method)(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.django_db(transaction=True)
def test_a_follow_never_stands_beside_a_block(ada: Person, person: Callable[..., Person]) -> None:
    """Ten pairs in which one follows and is followed while the other blocks and unblocks, all at once."""
    shy = [person(f"shy_{n}", is_private=n % 2 == 1) for n in range(5)]
    answers: set[int] = set()

    def repeat(*calls: Callable[[], Any]) -> None:
        try:
            for call in calls * 6:
                answers.add(call().status_code)
        finally:
            connection.close()

    def threads_of(other: Person) -> list[threading.Thread]:
        name = f"/api/v1/profiles/{other.username}"
        doings = [
            [lambda: ada.put(f"{name}/follow")],
            [lambda: other.put("/api/v1/profiles/ada/follow")],
            [lambda: other.put("/api/v1/follow-requests/ada/accept")],
            [lambda: other.put("/api/v1/profiles/ada/block"), lambda: other.delete("/api/v1/profiles/ada/block")],
            [lambda: ada.put(f"{name}/block")],
        ]
        return [threading.Thread(target=repeat, args=calls) for calls in doings]

    threads = [thread for other in shy for thread in threads_of(other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers <= {200, 404}
    assert Block.objects.filter(blocks=True, profile_id=ada.id).count() == len(shy)
    assert Block.objects.count() == 2 * len(shy)
    assert not Follow.objects.exists()
    assert not FollowRequest.objects.exists()
    for someone in (ada, *shy):
        counts = someone.get(f"/api/v1/profiles/{someone.username}").json()["counts"]
        assert counts == {"posts": 0, "followers": 0, "following": 0}


def names(viewer: Visitor, path: str) -> list[str]:
    return [found["username"] for found in viewer.get(f"/api/v1/{path}").json()["results"]]
