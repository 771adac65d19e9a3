"""Threads, replies and edit history: whole, in order, and only what the viewer may read."""

from typing import Any

import pytest

from posts_project.posts.models import PostVersion
from tests.posts.people import Person, Visitor


def test_thread_has_what_came_before_and_after(ada: Person, bob: Person, anyone: Visitor) -> None:
    first = ada.writes("first")
    second = bob.writes("second", in_reply_to=first["id"])
    hidden = ada.writes("hidden", in_reply_to=second["id"], visibility="mentioned")
    last = ada.writes("last", in_reply_to=hidden["id"])
    bob.writes("beside", in_reply_to=first["id"])

    assert thread(anyone, second) == {"ancestors": [first["id"]], "descendants": [last["id"]]}
    assert thread(ada, second) == {"ancestors": [first["id"]], "descendants": [hidden["id"], last["id"]]}
    assert thread(anyone, last) == {"ancestors": [first["id"], second["id"]], "descendants": []}
    assert anyone.get(f"/api/v1/posts/{hidden['id']}/thread").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 205])
def test_thread_takes_two_queries_and_has_two_hundred_posts(
    length: int, ada: Person, django_assert_num_queries: Any
) -> None:
    chain = [ada.writes("first")]
    for _ in range(length):
        chain.append(ada.writes("next", in_reply_to=chain[-1]["id"]))

    for post in (chain[0], chain[-1]):
        with django_assert_num_queries(2):
            found = thread(ada, post)
        assert len(found["ancestors"]) + len(found["descendants"]) == min(length, 199)
    assert thread(ada, chain[0])["descendants"] == [post["id"] for post in chain[1:200]]


def test_thread_survives_its_deleted_middle(ada: Person, bob: Person) -> None:
    first = ada.writes("first")
    second = bob.writes("second", in_reply_to=first["id"])
    third = ada.writes("third", in_reply_to=second["id"])

    bob.delete(f"/api/v1/posts/{second['id']}")

    assert thread(ada, third) == {"ancestors": [], "descendants": []}
    assert thread(ada, first) == {"ancestors": [], "descendants": []}


def test_replies_are_paged_newest_first(ada: Person, bob: Person, django_assert_num_queries: Any) -> None:
    post = ada.writes("Hello")
    direct = [bob.writes(f"Reply {n}", in_reply_to=post["id"]) for n in range(3)]
    bob.writes("deeper", in_reply_to=direct[0]["id"])
    bob.writes("hidden", in_reply_to=post["id"], visibility="followers")

    with django_assert_num_queries(1):
        first = ada.get(f"/api/v1/posts/{post['id']}/replies?limit=2").json()
    second = ada.get(first["next"]).json()

    found = first["results"] + second["results"]
    assert [reply["id"] for reply in found] == [reply["id"] for reply in direct[::-1]]
    assert found[0] == direct[2]
    assert second["next"] is None


def test_history_tells_every_version_newest_first(ada: Person, bob: Person, django_assert_num_queries: Any) -> None:
    post = ada.writes("one", spoiler_text="S")
    path = f"/api/v1/posts/{post['id']}"
    assert history(bob, path) == [("one", "S", post["created_at"])]

    second = ada.patch(path, {"text": "two"}).json()
    ada.patch(path, {"visibility": "unlisted"})
    third = ada.patch(path, {"spoiler_text": ""}).json()

    expected = [
        ("two", "", third["edited_at"]),
        ("two", "S", second["edited_at"]),
        ("one", "S", post["created_at"]),
    ]
    with django_assert_num_queries(2):
        assert history(bob, path) == expected
    first = bob.get(f"{path}/history?limit=2").json()
    assert [said["text"] for said in bob.get(first["next"]).json()["results"]] == ["one"]

    ada.patch(path, {"visibility": "mentioned"})
    assert bob.get(f"{path}/history").status_code == 404
    ada.delete(path)
    assert not PostVersion.objects.exists()


def thread(who: Visitor, post: dict[str, Any]) -> dict[str, list[str]]:
    found = who.get(f"/api/v1/posts/{post['id']}/thread").json()
    return {side: [answer["id"] for answer in found[side]] for side in ("ancestors", "descendants")}


def history(who: Visitor, path: str) -> list[tuple[str, str, str]]:
    found = who.get(f"{path}/history").json()["results"]
    return [(said["text"], said["spoiler_text"], said["created_at"]) for said in found]
