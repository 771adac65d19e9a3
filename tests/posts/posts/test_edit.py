"""Editing: what may be changed, what each change is to readers, and that no version is lost."""

from typing import Any

import pytest

from posts_project.posts.models import PostVersion
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

SAID = {"text": "two", "spoiler_text": "Careful", "sensitive": True, "language": "pt-BR"}
HELD = {"visibility": "unlisted", "reply_policy": "nobody"}
FIXED = (
    "id", "author", "in_reply_to", "quote_of", "media", "poll", "tags", "mentions", "links", "created_at", "edited_at",
    "counts", "viewer", "scheduled_at", "thread_id",
)  # fmt: skip


@pytest.mark.parametrize("field", [*SAID, *HELD])
def test_field_is_changed_alone(field: str, ada: Person, anyone: Visitor) -> None:
    post = ada.writes("one", language="en")
    value = {**SAID, **HELD}[field]

    response = ada.patch(f"/api/v1/posts/{post['id']}", {field: value})

    edited_at = response.json()["edited_at"]
    assert (response.status_code, response.json()) == (200, {**post, field: value, "edited_at": edited_at})
    assert (edited_at is not None) == (field in SAID)
    assert anyone.get(f"/api/v1/posts/{post['id']}").json() == response.json()
    history = anyone.get(f"/api/v1/posts/{post['id']}/history").json()["results"]
    assert len(history) == (2 if field in SAID else 1)


def test_all_is_changed_at_once_and_taken_back(ada: Person) -> None:
    post = ada.writes("one #tag")
    path = f"/api/v1/posts/{post['id']}"

    edited = ada.patch(path, SAID | HELD).json()
    restored = ada.patch(path, {name: post[name] for name in [*SAID, *HELD]}).json()

    assert edited == {**post, **SAID, **HELD, "tags": [], "edited_at": edited["edited_at"]}
    assert restored == {**post, "edited_at": restored["edited_at"]}
    assert [said["text"] for said in ada.get(f"{path}/history").json()["results"]] == ["one #tag", "two", "one #tag"]


@pytest.mark.parametrize("field", FIXED)
def test_what_is_not_for_editing_is_refused(field: str, ada: Person) -> None:
    post = ada.writes("one")

    response = ada.patch(f"/api/v1/posts/{post['id']}", {"text": "two", field: post.get(field)})

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, "unknown_field")]
    assert ada.get(f"/api/v1/posts/{post['id']}").json() == post


def test_replies_are_taken_by_the_policy_of_now(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")
    path = f"/api/v1/posts/{post['id']}"

    def answer() -> int:
        return int(bob.post("/api/v1/posts", {"text": "Hi", "in_reply_to": post["id"]}).status_code)

    statuses = [answer()]
    for policy in ("nobody", "followers", "mentioned", "everyone"):
        ada.patch(path, {"reply_policy": policy})
        statuses.append(answer())
    ada.patch(path, {"reply_policy": "mentioned", "text": "Hello @bob"})
    statuses.append(answer())

    assert statuses == [201, 403, 403, 403, 201, 201]
    assert ada.get(path).json()["counts"]["replies"] == 3


def test_what_is_gone_is_answered_no_more(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")
    reply = bob.writes("Hi", in_reply_to=post["id"])
    ada.delete(f"/api/v1/posts/{post['id']}")

    response = bob.post("/api/v1/posts", {"text": "Hi", "in_reply_to": post["id"]})
    further = ada.writes("Still here", in_reply_to=reply["id"])

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("in_reply_to", "not_found")]
    assert further["in_reply_to"] == reply["id"]


def test_muted_thread_outlives_its_first_post(ada: Person, bob: Person) -> None:
    first = ada.writes("first")
    reply = bob.writes("reply", in_reply_to=first["id"])
    bob.put(f"/api/v1/posts/{first['id']}/mute")

    ada.delete(f"/api/v1/posts/{first['id']}")

    assert bob.get(f"/api/v1/posts/{reply['id']}").json()["viewer"]["muted"] is True
    assert bob.delete(f"/api/v1/posts/{reply['id']}/mute").json()["viewer"]["muted"] is False


@pytest.mark.django_db(transaction=True)
def test_edits_at_once_each_leave_a_version(ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('first')['id']}"

    statuses = at_once(lambda n: ada.patch(path, {"text": f"by {n}"}).status_code, 12)

    history = [said["text"] for said in ada.get(f"{path}/history").json()["results"]]
    assert statuses == [200] * 12
    assert sorted(history) == sorted([f"by {n}" for n in range(12)] + ["first"])
    assert (history[-1], history[0]) == ("first", ada.get(path).json()["text"])
    assert sorted(PostVersion.objects.values_list("number", flat=True)) == list(range(1, 13))


def test_edit_replayed_with_its_key_is_one_version(ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('one')['id']}"

    first, second = (ada.patch(path, {"text": "two"}, headers={"Idempotency-Key": "edit"}) for _ in range(2))

    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert PostVersion.objects.count() == 1


def test_edit_of_nothing_said_is_no_version(ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('one')['id']}"

    answers: list[Any] = [ada.patch(path, body) for body in ({}, {"text": "one"}, HELD, {"sensitive": False})]

    assert [answer.json()["edited_at"] for answer in answers] == [None] * 4
    assert not PostVersion.objects.exists()
