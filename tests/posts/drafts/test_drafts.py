"""Drafts: kept, changed, listed, published once; nobody else's business."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from posts_project.drafts.models import Draft
from posts_project.drafts.services import drafts
from posts_project.drafts.unpublished import FIELDS
from posts_project.posts.models import Post
from posts_project.profiles.services.apply import apply_state, erase
from tests.posts.conftest import JobRunner
from tests.posts.drafts.conftest import NOTHING, WHOLE, at_once, field_codes
from tests.posts.people import Person, Visitor


def test_whole_draft(ada: Person) -> None:
    response = ada.post("/api/v1/drafts", WHOLE)

    body = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/drafts/{body['id']}"
    assert body == {"id": body["id"], **NOTHING, **WHOLE, "updated_at": body["updated_at"]}
    read = ada.get(response.headers["Location"])
    assert (read.json(), read.headers["ETag"]) == (body, response.headers["ETag"])


def test_draft_may_say_nothing_yet(ada: Person) -> None:
    body = ada.post("/api/v1/drafts", {}).json()

    assert body == {"id": body["id"], **NOTHING, "updated_at": body["updated_at"]}


def test_text_may_be_emptied_again(ada: Person) -> None:
    draft = keep(ada, text="Hello")

    emptied = ada.patch(f"/api/v1/drafts/{draft['id']}", {"text": ""}).json()

    assert emptied == {**draft, "text": "", "updated_at": emptied["updated_at"]}
    assert field_codes(ada.post(f"/api/v1/drafts/{draft['id']}/publish")) == {"text": "blank"}


def test_what_a_draft_says_can_be_sent_back_as_it_is(ada: Person) -> None:
    whole, empty = keep(ada, **WHOLE), keep(ada)

    for draft in (whole, empty):
        fields = {name: draft[name] for name in FIELDS}
        assert ada.patch(f"/api/v1/drafts/{draft['id']}", fields).json() == draft


def test_text_is_kept_to_the_letter_in_nfc(ada: Person) -> None:
    assert keep(ada, text="  Cafe\u0301 \n")["text"] == "  Café \n"


def test_change_names_what_it_changes_and_null_takes_away(ada: Person) -> None:
    draft = keep(ada, **WHOLE)

    changed = ada.patch(f"/api/v1/drafts/{draft['id']}", {"text": "Bye", "language": None, "visibility": None})

    body = changed.json()
    assert body == {**draft, "text": "Bye", "language": None, "visibility": None, "updated_at": body["updated_at"]}
    assert body["updated_at"] > draft["updated_at"]
    assert ada.get(f"/api/v1/drafts/{draft['id']}").json() == body


def test_change_that_says_nothing_new_changes_nothing(ada: Person) -> None:
    draft = keep(ada, **WHOLE)

    assert ada.patch(f"/api/v1/drafts/{draft['id']}", {"text": WHOLE["text"]}).json() == draft
    assert ada.patch(f"/api/v1/drafts/{draft['id']}", {}).json() == draft


@pytest.mark.parametrize("field", ["id", "updated_at", "scheduled_at", "author_id", "post", "created_at", "counts"])
def test_what_is_not_known_or_not_ours_to_set_is_refused(field: str, ada: Person) -> None:
    draft = keep(ada)

    for answer in (
        ada.post("/api/v1/drafts", {field: None}),
        ada.patch(f"/api/v1/drafts/{draft['id']}", {field: "2026-11-22T09:30:00.000Z"}),
    ):
        assert field_codes(answer) == {field: "unknown_field"}
    assert Draft.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 5),
        ("text", ["x"]),
        ("text", "x" * 5_001),
        ("text", "a\x00b"),
        ("visibility", "secret"),
        ("reply_policy", 1),
        ("sensitive", "true"),
        ("spoiler_text", "two\nlines"),
        ("language", "not a language"),
        ("in_reply_to", 5),
        ("in_reply_to", str(2**63)),
    ],
)
def test_field_of_a_wrong_kind_is_named(field: str, value: Any, ada: Person) -> None:
    draft = keep(ada, text="Hello")

    for answer in (
        ada.post("/api/v1/drafts", {field: value}),
        ada.patch(f"/api/v1/drafts/{draft['id']}", {field: value}),
    ):
        assert (answer.status_code, list(field_codes(answer))) == (400, [field])
    assert ada.get("/api/v1/drafts").json()["results"] == [draft]


def test_all_faults_are_told_at_once(ada: Person) -> None:
    answer = ada.post("/api/v1/drafts", {"text": 5, "visibility": "x", "likes": 5})

    assert set(field_codes(answer)) == {"text", "visibility", "likes"}


def test_published_draft_is_the_post_it_describes_and_is_gone(ada: Person, bob: Person) -> None:
    sent = {**WHOLE, "in_reply_to": bob.writes("Hi")["id"], "quote_of": bob.writes("Look")["id"]}
    draft = keep(ada, **sent)

    response = ada.post(f"/api/v1/drafts/{draft['id']}/publish")

    post = response.json()
    assert (response.status_code, response.headers["Location"]) == (201, f"/api/v1/posts/{post['id']}")
    directly = ada.writes(**sent)
    assert post == {**directly, "id": post["id"], "created_at": post["created_at"]}
    assert bob.get(response.headers["Location"]).json() == post
    assert ada.get(f"/api/v1/drafts/{draft['id']}").status_code == 404
    assert ada.post(f"/api/v1/drafts/{draft['id']}/publish").status_code == 404


def test_poll_runs_from_when_the_draft_is_published(ada: Person) -> None:
    poll = {"options": ["Yes", "No"], "multiple": True, "expires_in": 300}
    draft = keep(ada, poll=poll)
    assert draft["poll"] == poll

    post = ada.post(f"/api/v1/drafts/{draft['id']}/publish").json()

    published_at, expires_at = (
        datetime.fromisoformat(time) for time in (post["created_at"], post["poll"]["expires_at"])
    )
    assert expires_at - published_at == timedelta(seconds=300)
    assert [option["title"] for option in post["poll"]["options"]] == poll["options"]
    assert post["poll"]["multiple"] is True


@pytest.mark.asvs("2.2.3")
def test_half_a_poll_is_refused_and_another_replaces_it_whole(ada: Person) -> None:
    poll = {"options": ["Yes", "No"], "multiple": True, "expires_in": 300}
    path = f"/api/v1/drafts/{keep(ada, poll=poll)['id']}"

    assert field_codes(ada.patch(path, {"poll": {"multiple": False}})) == {
        "poll.options": "required",
        "poll.expires_in": "required",
    }
    other = {"options": ["1", "2", "3"], "expires_in": 600}
    assert ada.patch(path, {"poll": other}).json()["poll"] == {**other, "multiple": False}
    assert ada.patch(path, {"poll": None}).json()["poll"] is None


def test_incomplete_draft_is_not_published_and_stays(ada: Person) -> None:
    draft = keep(ada, language="en")

    answer = ada.post(f"/api/v1/drafts/{draft['id']}/publish")

    assert (answer.status_code, field_codes(answer)) == (400, {"text": "required"})
    assert ada.get(f"/api/v1/drafts/{draft['id']}").json() == draft
    assert not Post.objects.exists()


def test_draft_of_a_reply_is_judged_when_it_is_published(ada: Person, bob: Person) -> None:
    parent = ada.writes("Hello")
    draft = keep(bob, text="Hi", in_reply_to=parent["id"])
    publish = f"/api/v1/drafts/{draft['id']}/publish"

    ada.patch(f"/api/v1/posts/{parent['id']}", {"reply_policy": "nobody"})
    forbidden = bob.post(publish)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "reply_forbidden")
    ada.delete(f"/api/v1/posts/{parent['id']}")
    assert field_codes(bob.post(publish)) == {"in_reply_to": "not_found"}
    assert bob.get(f"/api/v1/drafts/{draft['id']}").json() == draft


def test_drafts_are_nobody_elses(ada: Person, bob: Person, anyone: Visitor) -> None:
    path = f"/api/v1/drafts/{keep(ada, text='secret')['id']}"

    def statuses(who: Visitor) -> list[int]:
        answers = [who.get(path), who.patch(path, {"text": "x"}), who.delete(path), who.post(f"{path}/publish")]
        return [answer.status_code for answer in answers]

    assert statuses(bob) == [404] * 4
    assert statuses(anyone) == [401] * 4
    assert bob.get("/api/v1/drafts").json()["results"] == []
    assert [anyone.get("/api/v1/drafts").status_code, anyone.post("/api/v1/drafts", {}).status_code] == [401, 401]
    assert ada.get(path).json()["text"] == "secret"


@pytest.mark.parametrize("draft_id", ["1", "0", "-1", "x", str(2**63), "%00", "1.0"])
def test_draft_that_cannot_be_is_404(draft_id: str, ada: Person) -> None:
    path = f"/api/v1/drafts/{draft_id}"
    answers = [ada.get(path), ada.patch(path, {}), ada.delete(path), ada.post(f"{path}/publish")]

    assert {answer.status_code for answer in answers} == ({400} if draft_id == "%00" else {404})


def test_writing_with_a_stale_etag_changes_nothing(ada: Person) -> None:
    path = f"/api/v1/drafts/{keep(ada, text='one')['id']}"
    etag = ada.get(path).headers["ETag"]

    edited = ada.patch(path, {"text": "two"}, headers={"If-Match": etag})
    stale = [
        ada.patch(path, {"text": "three"}, headers={"If-Match": etag}),
        ada.delete(path, headers={"If-Match": etag}),
        ada.post(f"{path}/publish", headers={"If-Match": etag}),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in stale} == {(412, "precondition_failed")}
    assert ada.get(path).json() == edited.json()
    assert ada.get(path, headers={"If-None-Match": edited.headers["ETag"]}).status_code == 304
    assert ada.delete(path, headers={"If-Match": edited.headers["ETag"]}).status_code == 204
    assert ada.get(path).status_code == 404


def test_list_is_newest_first_in_pages(ada: Person, django_assert_num_queries: Any) -> None:
    kept = [keep(ada, text=str(n)) for n in range(5)]
    ada.patch(f"/api/v1/drafts/{kept[0]['id']}", {"text": "changed"})

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/drafts?limit=2").json()
    second = ada.get(first["next"]).json()
    last = ada.get(second["next"]).json()

    pages = [[draft["text"] for draft in page["results"]] for page in (first, second, last)]
    assert pages == [["4", "3"], ["2", "1"], ["changed"]]
    assert last["next"] is None
    assert ada.get(last["previous"]).json()["results"] == second["results"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "limit=1&limit=2", "cursor=%00"])
@pytest.mark.parametrize("path", ["drafts", "scheduled"])
def test_bad_query_is_400(path: str, query: str, ada: Person) -> None:
    assert ada.get(f"/api/v1/{path}?{query}").status_code == 400


def test_cursor_is_of_one_list_of_one_person(ada: Person, bob: Person) -> None:
    for n in range(3):
        keep(ada, text=str(n))
    cursor = ada.get("/api/v1/drafts?limit=1").json()["next"].partition("?")[2]

    assert bob.get(f"/api/v1/drafts?{cursor}").status_code == 400
    assert ada.get(f"/api/v1/scheduled?{cursor}").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_twenty_publish_one_draft_once(ada: Person) -> None:
    path = f"/api/v1/drafts/{keep(ada, text='Hello')['id']}/publish"

    statuses = at_once(20, lambda: ada.post(path).status_code)

    assert sorted(statuses) == [201] + [404] * 19
    assert Post.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_drafts_are_enough_also_in_parallel(ada: Person, bob: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 3)

    statuses = at_once(8, lambda: ada.post("/api/v1/drafts", {}).status_code)

    assert sorted(statuses) == [201] * 3 + [409] * 5
    assert ada.post("/api/v1/drafts", {}).json()["code"] == "too_many_drafts"
    assert bob.post("/api/v1/drafts", {}).status_code == 201
    ada.delete(f"/api/v1/drafts/{ada.get('/api/v1/drafts').json()['results'][0]['id']}")
    assert ada.post("/api/v1/drafts", {}).status_code == 201


def test_publishing_again_with_its_key_gets_the_first_answer(ada: Person) -> None:
    path = f"/api/v1/drafts/{keep(ada, text='Hello')['id']}/publish"

    first, second = (ada.post(path, headers={"Idempotency-Key": "one"}) for _ in range(2))

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert (second["Location"], second["Idempotency-Replayed"]) == (first["Location"], "true")
    assert Post.objects.count() == 1


def test_keeping_again_with_its_key_keeps_one(ada: Person) -> None:
    first, second = (ada.post("/api/v1/drafts", WHOLE, headers={"Idempotency-Key": "one"}) for _ in range(2))

    assert (second.status_code, second.content) == (201, first.content)
    assert Draft.objects.count() == 1


def test_whoever_is_suspended_writes_none(person: Callable[..., Person]) -> None:
    ada = person("ada")
    path = f"/api/v1/drafts/{keep(ada, text='Hello')['id']}"
    apply_state(replace(ada.user, state="suspended"), version=2)

    answers = [ada.post("/api/v1/drafts", {}), ada.patch(path, {}), ada.delete(path), ada.post(f"{path}/publish")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "account_inactive")}
    assert Draft.objects.count() == 1


def test_erased_person_leaves_none(ada: Person, bob: Person, jobs: JobRunner) -> None:
    keep(ada, text="mine")
    keep(bob, text="theirs")

    erase(ada.id, version=2)
    jobs.run()

    assert list(Draft.objects.values_list("author_id", flat=True)) == [bob.id]


def test_poll_is_kept_and_published_without_words(ada: Person) -> None:
    poll = {"options": ["Yes", "No"], "multiple": True, "expires_in": 300}
    draft = keep(ada, text="", poll=poll)
    assert (draft["text"], draft["poll"]) == ("", poll)

    published = ada.post(f"/api/v1/drafts/{draft['id']}/publish").json()

    assert published["text"] == ""
    assert [option["title"] for option in published["poll"]["options"]] == ["Yes", "No"]


def test_draft_without_words_or_a_poll_is_kept_and_not_published(ada: Person) -> None:
    draft = keep(ada, text=" ")

    refused = ada.post(f"/api/v1/drafts/{draft['id']}/publish")

    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, ["text"])


def keep(who: Person, **fields: Any) -> dict[str, Any]:
    response = who.post("/api/v1/drafts", fields)
    assert response.status_code == 201, response.content
    return response.json()
