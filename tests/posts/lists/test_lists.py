"""Lists as their owner keeps them: to everybody else there are none."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from posts_project.lists import services
from posts_project.lists.models import FeedList, ListMember
from posts_project.profiles.services.apply import apply_state
from shared.snowflakes import new_id
from tests.posts.people import Person, Visitor


def test_created_list_is_answered_and_found(ada: Person) -> None:
    response = ada.post("/api/v1/lists", {"name": " Friends "})

    created = response.json()
    assert (response.status_code, created) == (201, {"id": created["id"], "name": "Friends"})
    assert response.headers["Location"] == f"/api/v1/lists/{created['id']}"
    found = ada.get(response.headers["Location"])
    assert (found.json(), found.headers["ETag"]) == (created, response.headers["ETag"])
    assert ada.get("/api/v1/lists").json() == {"results": [created], "next": None, "previous": None}


def test_renamed_and_deleted(ada: Person, bob: Person) -> None:
    path = f"/api/v1/lists/{makes(ada)}"
    ada.put(f"{path}/members/bob")

    renamed = ada.patch(path, {"name": "Other"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Other")
    assert ada.patch(path, {}).json() == renamed.json() == ada.get(path).json()

    assert ada.delete(path).status_code == 204
    answers = [ada.get(path), ada.patch(path, {"name": "x"}), ada.delete(path), ada.get(f"{path}/members")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert not ListMember.objects.exists()


def test_change_of_what_another_device_has_changed_is_refused(ada: Person) -> None:
    path = f"/api/v1/lists/{makes(ada)}"
    seen = ada.get(path).headers["ETag"]
    assert ada.patch(path, {"name": "y"}, headers={"If-Match": seen}).status_code == 200

    stale = [ada.patch(path, {"name": "z"}, headers={"If-Match": seen}), ada.delete(path, headers={"If-Match": seen})]

    assert [(answer.status_code, answer.json()["code"]) for answer in stale] == [(412, "precondition_failed")] * 2
    assert ada.get(path).json()["name"] == "y"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"), ({"name": ""}, "blank"), ({"name": " "}, "blank"), ({"name": "x" * 101}, "max_length"),
        ({"name": "a\nb"}, "single_line"), ({"name": "\u202e"}, "forbidden_characters"), ({"name": 5}, "invalid"),
        ({"name": None}, "null"),
    ],
)  # fmt: skip
def test_what_makes_no_name_is_refused(body: dict[str, Any], code: str, ada: Person) -> None:
    path = f"/api/v1/lists/{makes(ada, 'kept')}"
    answers = [ada.post("/api/v1/lists", body), ada.patch(path, body)]

    for answer in answers if body else answers[:1]:
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("name", code)]
    assert list(FeedList.objects.values_list("name", flat=True)) == ["kept"]


def test_members_need_not_be_followed_and_twice_is_as_once(ada: Person, bob: Person, cat: Person) -> None:
    number = makes(ada)
    path = f"/api/v1/lists/{number}"

    answers = [ada.put(f"{path}/members/{name}") for name in ("bob", "cat", "BOB", "ada")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"id": number, "name": "List"})] * 4
    members = ada.get(f"{path}/members").json()
    assert members == {"results": [ada.short, cat.short, bob.short], "next": None, "previous": None}

    assert [ada.delete(f"{path}/members/bob").status_code for _ in range(2)] == [204, 204]
    assert names(ada, path) == ["ada", "cat"]


def test_nobody_on_a_list_learns_of_it(ada: Person, bob: Person) -> None:
    path = f"/api/v1/lists/{makes(ada)}"
    before = bob.get("/api/v1/profiles/bob").content

    ada.put(f"{path}/members/bob")

    assert bob.get("/api/v1/profiles/bob").content == before
    assert bob.get("/api/v1/lists").json()["results"] == []


def test_lists_of_others_are_not_there(ada: Person, bob: Person, cat: Person) -> None:
    number = makes(ada)
    path = f"/api/v1/lists/{number}"
    ada.put(f"{path}/members/cat")

    answers = [
        bob.get(path), bob.patch(path, {"name": "x"}), bob.delete(path), bob.get(f"{path}/members"),
        bob.put(f"{path}/members/cat"), bob.delete(f"{path}/members/cat"), bob.get(f"/api/v1/timelines/lists/{number}"),
    ]  # fmt: skip

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 7
    assert names(ada, path) == ["cat"]


def test_who_is_not_there_cannot_be_on_a_list(ada: Person, bob: Person) -> None:
    path = f"/api/v1/lists/{makes(ada)}/members"
    bob.put("/api/v1/profiles/ada/block")

    answers = [ada.put(f"{path}/{name}") for name in ("nobody", "bob", "no-name")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert not ListMember.objects.exists()


def test_a_block_takes_each_off_the_lists_of_the_other_for_good(ada: Person, bob: Person, cat: Person) -> None:
    of_ada, of_bob, of_cat = (f"/api/v1/lists/{makes(owner)}" for owner in (ada, bob, cat))
    for owner, path in ((ada, of_ada), (bob, of_bob), (cat, of_cat)):
        for name in ("ada", "bob", "cat"):
            owner.put(f"{path}/members/{name}")

    ada.put("/api/v1/profiles/bob/block")
    ada.delete("/api/v1/profiles/bob/block")

    assert names(ada, of_ada) == ["cat", "ada"]
    assert names(bob, of_bob) == ["cat", "bob"]
    assert names(cat, of_cat) == ["cat", "bob", "ada"]


def test_members_who_are_away_are_left_out_and_return(ada: Person, bob: Person) -> None:
    path = f"/api/v1/lists/{makes(ada)}"
    ada.put(f"{path}/members/bob")

    apply_state(type(bob.user)(**{**vars(bob.user), "state": "deactivated"}), version=2)
    assert names(ada, path) == []
    apply_state(bob.user, version=3)
    assert names(ada, path) == ["bob"]


def test_lists_and_members_are_paged_newest_first(
    person: Callable[..., Person], ada: Person, django_assert_num_queries: Any
) -> None:
    made = [makes(ada, f"List {n}") for n in range(5)][::-1]
    people = [person(f"person_{n}") for n in range(5)]
    for someone in people:
        ada.put(f"/api/v1/lists/{made[0]}/members/{someone.username}")

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/lists?limit=2").json()
    second = ada.get(first["next"]).json()
    back = ada.get(second["previous"]).json()
    assert [one["id"] for page in (first, second) for one in page["results"]] == made[:4]
    assert back["results"] == first["results"]

    with django_assert_num_queries(2):  # whose list it is, and the page
        first = ada.get(f"/api/v1/lists/{made[0]}/members?limit=2").json()
    second = ada.get(first["next"]).json()
    found = [one["username"] for page in (first, second) for one in page["results"]]
    assert found == ["person_4", "person_3", "person_2", "person_1"]
    assert ada.get(first["next"].replace(made[0], made[1])).status_code == 400


def test_fifty_lists_are_enough(ada: Person, bob: Person) -> None:
    FeedList.objects.bulk_create(FeedList(id=new_id(), owner_id=ada.id, name="x") for _ in range(services.MAX_LISTS))

    refused = ada.post("/api/v1/lists", {"name": "one more"})

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_lists")
    makes(bob)


def test_five_hundred_members_are_enough(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_MEMBERS", 1)
    path = f"/api/v1/lists/{makes(ada)}/members"
    ada.put(f"{path}/bob")

    refused = ada.put(f"{path}/ada")

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_members")
    assert ada.put(f"{path}/bob").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_nobody_stays_on_a_list_beside_a_block_nor_are_there_too_many(
    ada: Person, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_LISTS", 3)
    others = [person(f"other_{n}") for n in range(4)]
    path = f"/api/v1/lists/{makes(ada)}/members"
    answers: list[int] = []

    def repeat(call: Callable[[], Any]) -> None:
        try:
            answers.extend(call().status_code for _ in range(4))
        finally:
            connection.close()

    calls = [lambda: ada.post("/api/v1/lists", {"name": "x"})] * 3
    for other in others:
        calls += [
            lambda other=other: ada.put(f"{path}/{other.username}"),
            lambda other=other: other.put("/api/v1/profiles/ada/block"),
        ]
    threads = [threading.Thread(target=repeat, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) <= {200, 201, 404, 409}
    assert FeedList.objects.count() == 3
    assert not ListMember.objects.exists()


@pytest.mark.parametrize(("method", "path"), [
    ("get", "lists"), ("post", "lists"), ("get", "lists/1"), ("patch", "lists/1"), ("delete", "lists/1"),
    ("get", "lists/1/members"), ("put", "lists/1/members/ada"), ("delete", "lists/1/members/ada"),
    ("get", "timelines/lists/1"),
])  # fmt: skip
def test_lists_need_a_token(method: str, path: str, ada: Person, anyone: Visitor) -> None:
    response = getattr(anyone, method)(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def makes(someone: Person, name: str = "List") -> str:
    response = someone.post("/api/v1/lists", {"name": name})
    assert response.status_code == 201, response.content
    return response.json()["id"]


def names(owner: Person, path: str) -> list[str]:
    return [found["username"] for found in owner.get(f"{path}/members").json()["results"]]
