"""Posts: published, read, edited and deleted; the whole shape, conditional requests, replies."""

from collections.abc import Callable
from typing import Any

import pytest

from posts_project.auth_client import RemoteUser
from posts_project.posts.models import Mention, Post, PostCount, PostTag
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import Person, Visitor, user


def test_whole_post(ada: Person, bob: Person, anyone: Visitor) -> None:
    text = "👋 @bob, #Café: https://example.org/a."

    response = ada.post("/api/v1/posts", {"text": text, "spoiler_text": "Coffee", "language": "pt-BR"})

    body = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/posts/{body['id']}"
    assert body == {
        "id": body["id"],
        "author": ada.short,
        "text": text,
        "visibility": "public",
        "reply_policy": "everyone",
        "in_reply_to": None,
        "quote_of": None,
        "media": [],
        "poll": None,
        "tags": [{"name": "café", "start": 8, "end": 13}],
        "mentions": [{"id": str(bob.id), "username": "bob", "start": 2, "end": 6}],
        "links": [{"url": "https://example.org/a", "start": 15, "end": 36}],
        "sensitive": False,
        "spoiler_text": "Coffee",
        "language": "pt-BR",
        "created_at": body["created_at"],
        "edited_at": None,
        "counts": {"replies": 0, "likes": 0, "reposts": 0, "quotes": 0},
        "viewer": {"liked": False, "reposted": False, "bookmarked": False, "muted": False, "pinned": False},
    }
    assert anyone.get(f"/api/v1/posts/{body['id']}").json() == body


def test_text_is_kept_to_the_letter_in_nfc(ada: Person) -> None:
    assert ada.writes("  Cafe\u0301 \n\tund \u200dmehr  ")["text"] == "  Café \n\tund \u200dmehr  "


@pytest.mark.parametrize("text", ["x" * 5_000, "👍" * 5_000, "e\u0301" * 5_000])
def test_five_thousand_characters_are_taken(text: str, ada: Person) -> None:
    assert len(ada.writes(text)["text"]) == 5_000


@pytest.mark.parametrize(
    "text", ["x" * 5_001, "", "   ", "\u200b\u200d", "\u2800", "\u3164", "\u0301", "\ufeff", 5, None, ["x"], {"a": 1}]
)
def test_text_with_nothing_to_see_or_too_much_is_refused(text: Any, ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": text})

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == ["text"]
    assert not Post.objects.exists()


@pytest.mark.parametrize("field", ["media", "id", "author_id", "created_at", "counts", "tags"])
def test_what_is_not_known_or_not_ours_to_set_is_refused(field: str, ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "Hello", field: None})

    assert response.status_code == 400
    assert response.json()["errors"][0] | {"detail": ""} == {"field": field, "code": "unknown_field", "detail": ""}
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("visibility", "secret"),
        ("visibility", None),
        ("visibility", ["public"]),
        ("reply_policy", "friends"),
        ("reply_policy", 1),
        ("sensitive", "true"),
        ("sensitive", 1),
        ("sensitive", None),
        ("spoiler_text", "x" * 501),
        ("spoiler_text", 5),
        ("spoiler_text", "two\nlines"),
        ("language", "not a language"),
        ("language", ""),
        ("language", 5),
        ("in_reply_to", 5),
        ("in_reply_to", "5"),
        ("in_reply_to", "x"),
        ("in_reply_to", str(2**63)),
        ("in_reply_to", "-1"),
    ],
)
def test_field_of_a_wrong_kind_is_named(field: str, value: Any, ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "Hello", field: value})

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Post.objects.exists()


def test_all_faults_are_told_at_once(ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "", "visibility": "x", "likes": 5})

    assert {error["field"] for error in response.json()["errors"]} == {"text", "visibility", "likes"}


def test_posts_of_a_private_profile_are_for_followers_where_nothing_is_said(person: Callable[..., Person]) -> None:
    ada = person("ada", is_private=True)

    assert ada.writes("Hello")["visibility"] == "followers"
    assert ada.writes("Hello", visibility="public")["visibility"] == "public"


def test_mentioned_stranger_is_fetched_in_one_call(ada: Person, auth: FakeAuthClient) -> None:
    auth.knows(RemoteUser(user=user("far_1"), sequence=1), RemoteUser(user=user("far_2"), sequence=1))

    post = ada.writes("@far_1 @far_2 @Far_1 @nobody_here @ab")

    assert [mention["username"] for mention in post["mentions"]] == ["far_1", "far_2", "far_1"]
    assert len(auth.calls) == 1
    assert Mention.objects.count() == 2


def test_post_is_published_even_while_auth_is_down(ada: Person, bob: Person, auth: FakeAuthClient) -> None:
    auth.down = True

    post = ada.writes("@bob and @somebody")

    assert [mention["username"] for mention in post["mentions"]] == ["bob"]


def test_batch_keeps_the_order_and_leaves_out_what_is_hidden(ada: Person, bob: Person, anyone: Visitor) -> None:
    first, hidden, last = ada.writes("1"), ada.writes("2", visibility="followers"), bob.writes("3")
    path = f"/api/v1/posts?ids={first['id']},{hidden['id']},{last['id']},1,{first['id']}"

    assert anyone.get(path).json() == {"results": [first, last], "next": None, "previous": None}


@pytest.mark.parametrize("path", ["", "?ids=", "?ids=x", "?ids=0", f"?ids={2**63}", "?ids=1&ids=2", "?ids=1,,x"])
def test_bad_batch_is_400(path: str, anyone: Visitor) -> None:
    assert anyone.get(f"/api/v1/posts{path}").status_code == 400


@pytest.mark.parametrize("post_id", ["1", "0", "-1", "x", str(2**63), str(10**30), "1.0", "%C3%A9", "0x10"])
def test_post_that_cannot_be_is_404(post_id: str, ada: Person) -> None:
    path = f"/api/v1/posts/{post_id}"
    answers = [ada.get(path), ada.patch(path, {"text": "x"}), ada.delete(path)]

    assert [answer.status_code for answer in answers] == [404] * 3


@pytest.mark.parametrize("count", [1, 50])
def test_lists_are_a_constant_number_of_queries(
    count: int, ada: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    ids = ",".join(ada.writes(f"@ada #{n}x")["id"] for n in range(count))

    with django_assert_num_queries(1):
        anyone.get(f"/api/v1/posts?ids={ids}")
    with django_assert_num_queries(1):
        anyone.get("/api/v1/timelines/public?limit=100")
    with django_assert_num_queries(2):
        anyone.get("/api/v1/timelines/profiles/ada?limit=100")


def test_reading_with_an_etag(ada: Person, bob: Person, anyone: Visitor) -> None:
    path = f"/api/v1/posts/{ada.writes()['id']}"
    etag = anyone.get(path).headers["ETag"]

    fresh = anyone.get(path, headers={"If-None-Match": f'"other", {etag}'})
    assert (fresh.status_code, fresh.content, fresh.headers["ETag"]) == (304, b"", etag)
    assert anyone.get(path).headers["Cache-Control"] == "private, no-cache"
    bob.writes("reply", in_reply_to=path.rsplit("/", 1)[1])
    assert anyone.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_writing_with_a_stale_etag_changes_nothing(ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('one')['id']}"
    etag = ada.get(path).headers["ETag"]

    edited = ada.patch(path, {"text": "two"}, headers={"If-Match": etag})
    stale = [
        ada.patch(path, {"text": "three"}, headers={"If-Match": etag}),
        ada.delete(path, headers={"If-Match": etag}),
        ada.delete(path, headers={"If-Match": f"W/{edited.headers['ETag']}"}),
    ]

    assert edited.status_code == 200
    assert {(answer.status_code, answer.json()["code"]) for answer in stale} == {(412, "precondition_failed")}
    assert ada.get(path).json()["text"] == "two"
    assert ada.delete(path, headers={"If-Match": edited.headers["ETag"]}).status_code == 204


def test_edit_changes_what_it_names(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes("Hi @bob #one", language="en", reply_policy="nobody")

    edited = ada.patch(f"/api/v1/posts/{post['id']}", {"text": "Hi @cat #two"}).json()

    changed = {name for name in post if post[name] != edited[name]}
    assert changed == {"text", "tags", "mentions", "edited_at"}
    assert [mention["username"] for mention in edited["mentions"]] == ["cat"]
    assert list(PostTag.objects.values_list("name", flat=True)) == ["two"]
    assert list(Mention.objects.values_list("profile_id", flat=True)) == [cat.id]


def test_change_of_audience_is_no_edit_and_holds_everywhere_at_once(ada: Person, bob: Person, anyone: Visitor) -> None:
    post = ada.writes("Hello")
    path = f"/api/v1/posts/{post['id']}"

    changed = ada.patch(path, {"visibility": "mentioned"}).json()

    assert changed == {**post, "visibility": "mentioned"}
    assert anyone.get(path).status_code == 404
    assert anyone.get("/api/v1/timelines/public").json()["results"] == []


def test_edit_that_says_nothing_new_changes_nothing(ada: Person) -> None:
    post = ada.writes("Hello")

    assert ada.patch(f"/api/v1/posts/{post['id']}", {"text": "Hello"}).json() == post
    assert ada.patch(f"/api/v1/posts/{post['id']}", {}).json() == post


@pytest.mark.parametrize(
    "body", [{"in_reply_to": "5"}, {"text": ""}, {"text": None}, {"counts": {}}, {"visibility": None}]
)
def test_bad_edit_is_refused(body: dict[str, Any], ada: Person) -> None:
    post = ada.writes("Hello")

    assert ada.patch(f"/api/v1/posts/{post['id']}", body).status_code == 400
    assert ada.get(f"/api/v1/posts/{post['id']}").json() == post


def test_only_the_author_writes(ada: Person, bob: Person, anyone: Visitor) -> None:
    seen, hidden = ada.writes("seen"), ada.writes("hidden", visibility="followers")

    def statuses(who: Visitor, post: dict[str, Any]) -> list[int]:
        path = f"/api/v1/posts/{post['id']}"
        return [who.patch(path, {"text": "x"}).status_code, who.delete(path).status_code]

    assert statuses(bob, seen) == [403, 403]
    assert statuses(bob, hidden) == [404, 404]
    assert statuses(anyone, seen) == [401, 401]
    assert anyone.post("/api/v1/posts", {"text": "x"}).status_code == 401


def test_deleted_post_is_nowhere_and_its_replies_stay(ada: Person, bob: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    post = ada.writes("Hello @bob #tag")
    reply = bob.writes("Hi", in_reply_to=post["id"])

    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204

    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 404
    assert bob.home() == [reply["id"]]
    assert anyone.get("/api/v1/profiles/ada").json()["counts"]["posts"] == 0
    assert anyone.get(f"/api/v1/posts/{reply['id']}").json()["in_reply_to"] == post["id"]
    assert (Mention.objects.count(), PostTag.objects.count(), PostCount.objects.count()) == (0, 0, 0)
    assert bob.delete(f"/api/v1/posts/{reply['id']}").status_code == 204


def test_replies_that_anyone_may_open_are_counted(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")

    def replies() -> int:
        return int(ada.get(f"/api/v1/posts/{post['id']}").json()["counts"]["replies"])

    one = bob.writes("one", in_reply_to=post["id"])
    bob.writes("two", in_reply_to=post["id"], visibility="unlisted")
    bob.writes("hidden", in_reply_to=post["id"], visibility="followers")
    assert replies() == 2
    bob.patch(f"/api/v1/posts/{one['id']}", {"visibility": "mentioned"})
    assert replies() == 1
    bob.patch(f"/api/v1/posts/{one['id']}", {"visibility": "public"})
    assert replies() == 2
    bob.delete(f"/api/v1/posts/{one['id']}")
    assert replies() == 1


def test_nobody_answers_what_they_cannot_see(ada: Person, bob: Person) -> None:
    hidden = ada.writes("hidden", visibility="followers")

    response = bob.post("/api/v1/posts", {"text": "Hm", "in_reply_to": hidden["id"]})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "in_reply_to"


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("everyone", {"ada", "fan", "named", "stranger"}),
        ("followers", {"ada", "fan"}),
        ("mentioned", {"ada", "named"}),
        ("nobody", {"ada"}),
    ],
)
def test_reply_policy(policy: str, allowed: set[str], ada: Person, person: Callable[..., Person]) -> None:
    people = [ada, person("fan"), person("named"), person("stranger")]
    people[1].follows(ada)
    post = ada.writes("Hello @named", reply_policy=policy)

    answers = {
        someone.username: someone.post("/api/v1/posts", {"text": "Hi", "in_reply_to": post["id"]}) for someone in people
    }

    assert {name for name, answer in answers.items() if answer.status_code == 201} == allowed
    refused = {answer.json()["code"] for answer in answers.values() if answer.status_code != 201}
    assert refused <= {"reply_forbidden"}


@pytest.mark.django_db(transaction=True)
def test_two_posts_with_one_id_are_both_stored(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from posts_project.posts.services import publish

    ids = iter([11, 11, 12])
    monkeypatch.setattr(publish.snowflakes, "new_id", lambda: next(ids))

    assert [ada.writes("one")["id"], bob.writes("two")["id"]] == ["11", "12"]
    assert bob.get("/api/v1/profiles/bob").json()["counts"]["posts"] == 1
