"""Likes, reposts, bookmarks, pins and mutes: idempotent, exactly counted, and told to nobody who may not know."""

from collections.abc import Callable
from typing import Any

import pytest

from posts_project.posts.models import Mark
from posts_project.profiles.services.apply import erase
from tests.posts.conftest import JobRunner
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

FLAGS = {"like": "liked", "repost": "reposted", "bookmark": "bookmarked", "pin": "pinned", "mute": "muted"}
COUNTS = {"like": "likes", "repost": "reposts"}


@pytest.mark.parametrize("kind", FLAGS)
def test_mark_is_set_and_taken_away_and_twice_is_as_once(kind: str, ada: Person, anyone: Visitor) -> None:
    post = ada.writes("Hello")
    path = f"/api/v1/posts/{post['id']}/{kind}"
    counts = post["counts"] | ({COUNTS[kind]: 1} if kind in COUNTS else {})
    marked = post | {"counts": counts, "viewer": post["viewer"] | {FLAGS[kind]: True}}

    for _ in range(2):
        response = ada.put(path)
        assert (response.status_code, response.json()) == (200, marked)
    assert ada.get(f"/api/v1/posts/{post['id']}").json() == marked
    assert anyone.get(f"/api/v1/posts/{post['id']}").json() == post | {"counts": counts}
    assert ada.get("/api/v1/timelines/public").json()["results"][0]["post"] == marked

    for _ in range(2):
        response = ada.delete(path)
        assert (response.status_code, response.json()) == (200, post)


@pytest.mark.parametrize("kind", FLAGS)
def test_hidden_post_cannot_be_marked(kind: str, ada: Person, bob: Person, anyone: Visitor) -> None:
    hidden = ada.writes("hidden", visibility="followers")
    path = f"/api/v1/posts/{hidden['id']}/{kind}"

    assert [bob.put(path).status_code, bob.delete(path).status_code, anyone.put(path).status_code] == [404, 404, 401]
    assert [bob.put(f"/api/v1/posts/{odd}/{kind}").status_code for odd in ("1", "x", str(2**63))] == [404] * 3
    assert not Mark.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", COUNTS)
def test_fifty_who_mark_at_once_are_counted_exactly(kind: str, person: Callable[..., Person], ada: Person) -> None:
    post = ada.writes("Hello")
    fans = [person(f"fan_{n}") for n in range(50)]

    statuses = at_once(lambda n: fans[n].put(f"/api/v1/posts/{post['id']}/{kind}").status_code, len(fans))

    assert statuses == [200] * 50
    assert ada.get(f"/api/v1/posts/{post['id']}").json()["counts"][COUNTS[kind]] == 50
    assert len(ada.get(f"/api/v1/posts/{post['id']}/{COUNTS[kind]}?limit=100").json()["results"]) == 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", COUNTS)
def test_one_who_cannot_decide_is_counted_as_they_end(kind: str, ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")
    path = f"/api/v1/posts/{post['id']}/{kind}"

    statuses = at_once(lambda n: (bob.put if n % 2 else bob.delete)(path).status_code, 50)

    assert statuses == [200] * 50
    ended = bob.get(f"/api/v1/posts/{post['id']}").json()
    assert ended["counts"][COUNTS[kind]] == int(ended["viewer"][FLAGS[kind]]) == Mark.objects.count()
    assert bob.delete(path).json() == post


@pytest.mark.django_db(transaction=True)
def test_no_more_than_five_pins_also_at_once(ada: Person) -> None:
    posts = [ada.writes(f"Post {n}")["id"] for n in range(10)]

    statuses = at_once(lambda n: ada.put(f"/api/v1/posts/{posts[n]}/pin").status_code, len(posts))

    assert sorted(statuses) == [200] * 5 + [409] * 5
    assert Mark.objects.count() == 5


def test_at_most_five_posts_are_pinned_and_only_own_ones(ada: Person, bob: Person) -> None:
    posts = [ada.writes(f"Post {n}")["id"] for n in range(6)]
    for post in posts[:5]:
        assert ada.put(f"/api/v1/posts/{post}/pin").status_code == 200

    sixth = ada.put(f"/api/v1/posts/{posts[5]}/pin")
    assert (sixth.status_code, sixth.json()["code"]) == (409, "too_many_pins")
    assert ada.put(f"/api/v1/posts/{posts[0]}/pin").status_code == 200
    assert bob.put(f"/api/v1/posts/{posts[0]}/pin").status_code == 403
    assert ada.delete(f"/api/v1/posts/{posts[0]}/pin").status_code == 200
    assert ada.put(f"/api/v1/posts/{posts[5]}/pin").status_code == 200


def test_muting_a_post_mutes_its_thread(ada: Person, bob: Person) -> None:
    first = ada.writes("first")
    reply = bob.writes("reply", in_reply_to=first["id"])
    answer = ada.writes("answer", in_reply_to=reply["id"])
    other = ada.writes("other")

    bob.put(f"/api/v1/posts/{reply['id']}/mute")
    assert muted(bob, first, reply, answer, other) == [True, True, True, False]
    assert muted(ada, first, reply, answer, other) == [False] * 4

    bob.delete(f"/api/v1/posts/{answer['id']}/mute")
    assert muted(bob, first, reply, answer, other) == [False] * 4


@pytest.mark.parametrize(("kind", "path"), [("like", "likes"), ("repost", "reposts")])
def test_who_did_is_listed_newest_first(kind: str, path: str, ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes("Hello")["id"]
    for someone in (bob, ada, cat):
        someone.put(f"/api/v1/posts/{post}/{kind}")

    first = ada.get(f"/api/v1/posts/{post}/{path}?limit=2").json()
    second = ada.get(first["next"]).json()
    back = ada.get(second["previous"]).json()

    assert (first["results"], second["results"]) == ([cat.short, ada.short], [bob.short])
    assert second["next"] is None
    assert back["results"] == first["results"]


def test_list_of_who_did_tells_nothing_of_hidden_posts_nor_of_private_people(
    ada: Person, person: Callable[..., Person], anyone: Visitor
) -> None:
    friend, shy = person("friend"), person("shy", is_private=True)
    friend.follows(shy)
    shy.put("/api/v1/follow-requests/friend/accept")
    hidden, seen = ada.writes("hidden", visibility="mentioned"), ada.writes("seen")
    shy.put(f"/api/v1/posts/{seen['id']}/like")

    def likes(who: Visitor, post: dict[str, Any]) -> Any:
        response = who.get(f"/api/v1/posts/{post['id']}/likes")
        return response.json()["results"] if response.status_code == 200 else response.status_code

    assert [likes(anyone, hidden), likes(friend, hidden), likes(ada, hidden)] == [404, 404, []]
    assert [likes(anyone, seen), likes(ada, seen)] == [[], []]
    assert [likes(friend, seen), likes(shy, seen)] == [[shy.short], [shy.short]]


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize("blocker", ["bob", "cat"])
def test_list_of_who_did_tells_nothing_across_a_block(
    kind: str, blocker: str, ada: Person, bob: Person, cat: Person
) -> None:
    post = ada.writes("Hello")["id"]
    path = f"/api/v1/posts/{post}/{COUNTS[kind]}"
    for someone in (bob, cat):
        someone.put(f"/api/v1/posts/{post}/{kind}")

    blocking, blocked = (bob, cat) if blocker == "bob" else (cat, bob)
    assert blocking.put(f"/api/v1/profiles/{blocked.username}/block").status_code == 200

    assert [who.get(path).json()["results"] for who in (ada, bob, cat)] == [
        [cat.short, bob.short],
        [bob.short],
        [cat.short],
    ]


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize("state", ["suspended", "deactivated"])
def test_list_of_who_did_tells_nothing_of_those_who_are_away(
    kind: str, state: str, ada: Person, bob: Person, anyone: Visitor
) -> None:
    post = ada.writes("Hello")["id"]
    bob.put(f"/api/v1/posts/{post}/{kind}")

    bob.becomes(state=state)

    assert [who.get(f"/api/v1/posts/{post}/{COUNTS[kind]}").json()["results"] for who in (ada, anyone)] == [[], []]


@pytest.mark.parametrize(("kind", "path"), [("bookmark", "bookmarks"), ("like", "likes")])
def test_own_marks_are_listed_by_when_they_were_made(
    kind: str, path: str, ada: Person, bob: Person, anyone: Visitor
) -> None:
    posts = [ada.writes(f"Post {n}")["id"] for n in range(3)]
    for post in (posts[1], posts[2], posts[0]):
        bob.put(f"/api/v1/posts/{post}/{kind}")
    ada.patch(f"/api/v1/posts/{posts[2]}", {"visibility": "followers"})

    first = bob.get(f"/api/v1/{path}?limit=1").json()
    second = bob.get(first["next"]).json()

    assert [post["id"] for page in (first, second) for post in page["results"]] == [posts[0], posts[1]]
    assert second["next"] is None
    assert ada.get(f"/api/v1/{path}").json()["results"] == []
    assert anyone.get(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize("count", [1, 30])
def test_lists_are_one_query(count: int, ada: Person, django_assert_num_queries: Any) -> None:
    for n in range(count):
        post = ada.writes(f"Post {n}")["id"]
        for kind in ("like", "repost", "bookmark"):
            ada.put(f"/api/v1/posts/{post}/{kind}")

    for path in (f"posts/{post}/likes", f"posts/{post}/reposts", "bookmarks", "likes"):
        with django_assert_num_queries(1):
            assert ada.get(f"/api/v1/{path}?limit=100").status_code == 200


def test_deleted_post_takes_its_marks_along(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")["id"]
    for kind in ("like", "repost", "bookmark"):
        bob.put(f"/api/v1/posts/{post}/{kind}")

    ada.delete(f"/api/v1/posts/{post}")

    assert not Mark.objects.exists()
    assert bob.get("/api/v1/likes").json()["results"] == []


def test_erased_person_is_counted_no_longer(ada: Person, bob: Person, jobs: JobRunner) -> None:
    post = ada.writes("Hello")["id"]
    bob.put(f"/api/v1/posts/{post}/like")

    erase(bob.id, version=2)
    jobs.run()

    assert ada.get(f"/api/v1/posts/{post}").json()["counts"]["likes"] == 0
    assert ada.get(f"/api/v1/posts/{post}/likes").json()["results"] == []


def muted(who: Person, *posts: dict[str, Any]) -> list[bool]:
    return [who.get(f"/api/v1/posts/{post['id']}").json()["viewer"]["muted"] for post in posts]
