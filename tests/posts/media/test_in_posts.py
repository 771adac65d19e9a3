"""Pictures in posts: whose, how many, in which order, and in one post alone."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts_project.media.models import Medium
from posts_project.media.services import attachments
from posts_project.posts.models import Post
from tests.posts.media.forms import uploads
from tests.posts.parallel import at_once
from tests.posts.people import Person


def ids(*media: dict[str, Any]) -> list[str]:
    return [medium["id"] for medium in media]


def refusal(response: Any) -> set[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return {(error["field"], error["code"]) for error in response.json()["errors"]}


def test_a_post_shows_its_pictures_in_their_order_on_every_surface(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    one, two = uploads(ada, alt_text="One", focus="0,1"), uploads(ada)

    post = ada.writes("#otters", media_ids=ids(two, one))
    quote = bob.writes("Look", quote_of=post["id"])

    assert post["media"] == [two, one]
    path = f"/api/v1/posts/{post['id']}"
    assert bob.get(path).json()["media"] == [two, one]
    for timeline in ("home", "public", "profiles/ada", "tags/otters"):
        entries = bob.get(f"/api/v1/timelines/{timeline}").json()["results"]
        assert [entry["post"]["media"] for entry in entries if entry["post"]["id"] == post["id"]] == [[two, one]]
    assert quote["quote_of"]["media"] == [two, one]
    assert quote["media"] == []
    assert bob.get(f"/api/v1/posts?ids={post['id']}").json()["results"][0]["media"] == [two, one]


def test_a_post_with_pictures_needs_no_text(ada: Person) -> None:
    medium = uploads(ada)

    assert ada.writes("", media_ids=ids(medium))["text"] == ""
    assert ada.post("/api/v1/posts", {"media_ids": ids(uploads(ada))}).status_code == 201
    assert refusal(ada.post("/api/v1/posts", {"text": "", "media_ids": []})) == {("text", "blank")}
    assert refusal(ada.post("/api/v1/posts", {"media_ids": []})) == {("text", "required")}


@pytest.mark.parametrize(
    ("media_ids", "field", "code"),
    [
        (["1", "2", "3", "4", "5"], "media_ids", "max_length"),
        (["1", "1"], "media_ids", "repeated"),
        ([1], "media_ids.0", "invalid"),
        (["x"], "media_ids.0", "invalid"),
        (["9223372036854775808"], "media_ids.0", "invalid"),
        ("1", "media_ids", "not_a_list"),
        (None, "media_ids", "null"),
        (["1"], "media_ids", "not_found"),
    ],
)
def test_what_are_no_pictures_is_refused(media_ids: Any, field: str, code: str, ada: Person) -> None:
    assert refusal(ada.post("/api/v1/posts", {"text": "x", "media_ids": media_ids})) == {(field, code)}
    assert not Post.objects.exists()


@pytest.mark.asvs("8.2.2")
def test_pictures_of_others_are_not_to_be_used(ada: Person, bob: Person) -> None:
    theirs = ids(uploads(bob))
    post = ada.writes()
    draft = ada.post("/api/v1/drafts", {"text": "x"}).json()
    later = (timezone.now() + timedelta(hours=1)).isoformat()

    for answer in (
        ada.post("/api/v1/posts", {"text": "x", "media_ids": theirs}),
        ada.patch(f"/api/v1/posts/{post['id']}", {"media_ids": theirs}),
        ada.post("/api/v1/drafts", {"media_ids": theirs}),
        ada.patch(f"/api/v1/drafts/{draft['id']}", {"media_ids": theirs}),
        ada.post("/api/v1/posts", {"text": "x", "media_ids": theirs, "scheduled_at": later}),
    ):
        assert refusal(answer) == {("media_ids", "not_found")}
    assert Medium.objects.get().post_id is None


def test_a_picture_is_used_once(ada: Person) -> None:
    used, free = uploads(ada), uploads(ada)
    ada.writes(media_ids=ids(used))
    other = ada.writes(media_ids=ids(free))

    assert refusal(ada.post("/api/v1/posts", {"media_ids": ids(used)})) == {("media_ids", "in_use")}
    assert refusal(ada.post("/api/v1/drafts", {"media_ids": ids(used)})) == {("media_ids", "in_use")}
    edit = ada.patch(f"/api/v1/posts/{other['id']}", {"media_ids": ids(free, used)})
    assert refusal(edit) == {("media_ids", "in_use")}
    assert ada.get(f"/api/v1/posts/{other['id']}").json()["media"] == [free]


def test_all_that_is_not_there_is_told_at_once(ada: Person) -> None:
    body = {"text": "x", "media_ids": ["1"], "quote_of": "2", "in_reply_to": "3"}

    assert refusal(ada.post("/api/v1/posts", body)) == {
        ("media_ids", "not_found"), ("quote_of", "not_found"), ("in_reply_to", "not_found"),
    }  # fmt: skip


def test_a_picture_in_use_cannot_be_deleted_but_described(ada: Person, bob: Person) -> None:
    medium = uploads(ada)
    post = ada.writes(media_ids=ids(medium))
    path = f"/api/v1/media/{medium['id']}"

    answer = ada.delete(path)

    assert (answer.status_code, answer.json()["code"]) == (409, "media_in_use")
    assert ada.patch(path, {"alt_text": "An otter"}).status_code == 200
    seen = bob.get(f"/api/v1/posts/{post['id']}").json()
    assert (seen["media"][0]["alt_text"], seen["edited_at"]) == ("An otter", None)


def test_order_is_changed_by_an_edit_and_kept_in_the_history(ada: Person) -> None:
    media = [uploads(ada) for _ in range(3)]
    post = ada.writes("Otters", media_ids=ids(*media))
    path = f"/api/v1/posts/{post['id']}"

    changed = ada.patch(path, {"media_ids": ids(*media[::-1])}).json()

    assert changed == {**post, "media": media[::-1], "edited_at": changed["edited_at"]}
    assert changed["edited_at"]
    assert len(ada.get(f"{path}/history").json()["results"]) == 2
    assert ada.patch(path, {"media_ids": ids(*media[::-1])}).json() == changed
    assert ada.patch(path, {"text": "Otters!"}).json()["media"] == media[::-1]


def test_an_edit_takes_pictures_out_and_in(ada: Person) -> None:
    old, kept, new = (uploads(ada) for _ in range(3))
    post = ada.writes("Otters", media_ids=ids(old, kept))
    path = f"/api/v1/posts/{post['id']}"

    assert ada.patch(path, {"media_ids": ids(new, kept)}).json()["media"] == [new, kept]

    assert ada.writes("Again", media_ids=ids(old))["media"] == [old]
    assert ada.patch(path, {"media_ids": []}).json()["media"] == []
    assert Post.objects.get(id=post["id"]).has_media is False
    assert ada.delete(f"/api/v1/media/{new['id']}").status_code == 204


def test_something_to_see_must_be_left(ada: Person) -> None:
    post = ada.writes("", media_ids=ids(uploads(ada)))
    path = f"/api/v1/posts/{post['id']}"

    assert refusal(ada.patch(path, {"media_ids": []})) == {("text", "blank")}
    assert refusal(ada.patch(path, {"text": "", "media_ids": []})) == {("text", "blank")}
    assert ada.patch(path, {"text": "Words", "media_ids": []}).status_code == 200
    assert refusal(ada.patch(path, {"text": ""})) == {("text", "blank")}


def test_drafts_and_scheduled_posts_bring_their_pictures(ada: Person, jobs: Any) -> None:
    one, two = uploads(ada), uploads(ada)
    draft = ada.post("/api/v1/drafts", {"media_ids": ids(one)})
    assert (draft.status_code, draft.json()["media_ids"]) == (201, ids(one))
    at = timezone.now() + timedelta(seconds=30)
    later = ada.post("/api/v1/posts", {"media_ids": ids(two), "scheduled_at": at.isoformat()})
    assert (later.status_code, later.json()["post"]["media_ids"]) == (202, ids(two))

    published = ada.post(f"/api/v1/drafts/{draft.json()['id']}/publish").json()
    jobs.run(by=at)

    assert published["media"] == [one]
    [first, _] = ada.get("/api/v1/timelines/profiles/ada").json()["results"]
    assert first["post"]["media"] == [two]


def test_a_scheduled_post_whose_picture_was_used_meanwhile_waits_and_says_so(ada: Person, jobs: Any) -> None:
    medium, at = uploads(ada), timezone.now() + timedelta(seconds=30)
    later = ada.post("/api/v1/posts", {"media_ids": ids(medium), "scheduled_at": at.isoformat()}).json()
    ada.writes(media_ids=ids(medium))

    jobs.run(by=at)

    failure = ada.get(f"/api/v1/scheduled/{later['id']}").json()["failure"]
    assert [(error["field"], error["code"]) for error in failure["errors"]] == [("media_ids", "in_use")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.asvs("15.4.2")
def test_of_many_posts_and_edits_at_once_one_gets_the_picture(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    media = [uploads(ada) for _ in range(2)]
    place = attachments.place

    def hesitant(*arguments: Any, **named: Any) -> None:
        """Between looking and taking there is time for others to look."""
        time.sleep(0.2)
        place(*arguments, **named)

    monkeypatch.setattr(attachments, "place", hesitant)

    others = [ada.writes(str(number))["id"] for number in range(6)]

    def attempt(number: int) -> int:
        # In either order: nobody waits for each other in a ring.
        body = {"media_ids": ids(*media) if number % 2 else ids(*media[::-1])}
        if number < len(others):
            return ada.patch(f"/api/v1/posts/{others[number]}", body).status_code
        return ada.post("/api/v1/posts", body).status_code

    answers = at_once(attempt, 8)

    assert len([answer for answer in answers if answer < 300]) == 1, answers
    assert answers.count(400) == 7
    [post] = Post.objects.filter(has_media=True)
    assert list(Medium.objects.values_list("post_id", flat=True)) == [post.id] * 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.asvs("15.4.2")
def test_a_picture_is_deleted_or_used_but_never_both(ada: Person) -> None:
    for _ in range(3):
        medium = uploads(ada)

        def attempt(number: int, medium: dict[str, Any] = medium) -> int:
            if number % 2:
                return ada.delete(f"/api/v1/media/{medium['id']}").status_code
            return ada.post("/api/v1/posts", {"text": "x", "media_ids": ids(medium)}).status_code

        answers = at_once(attempt, 4)
        is_used = Medium.objects.filter(id=medium["id"], post_id__isnull=False).exists()
        assert (201 in answers, 204 in answers) == (is_used, not is_used)


def test_a_page_of_pictures_is_no_query_more(ada: Person, bob: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.get("/api/v1/timelines/public").status_code == 200
        return len(captured)

    ada.writes()
    before = queries()
    for _ in range(3):
        ada.writes(media_ids=ids(uploads(ada), uploads(ada)))

    assert queries() == before


def test_publishing_without_pictures_asks_for_none(ada: Person) -> None:
    with CaptureQueriesContext(connection) as captured:
        post = ada.writes("Words")
        ada.patch(f"/api/v1/posts/{post['id']}", {"text": "Other words"})
        ada.delete(f"/api/v1/posts/{post['id']}")

    assert not [query["sql"] for query in captured if '"medium"' in query["sql"] or "UPDATE medium" in query["sql"]]


def surfaces(post_id: str) -> list[str]:
    return [
        f"/api/v1/posts/{post_id}", f"/api/v1/posts/{post_id}/thread", f"/api/v1/posts/{post_id}/replies",
        f"/api/v1/posts/{post_id}/history", f"/api/v1/posts/{post_id}/likes", f"/api/v1/posts/{post_id}/reposts",
        f"/api/v1/posts/{post_id}/quotes", f"/api/v1/posts?ids={post_id}", "/api/v1/timelines/public",
        "/api/v1/timelines/profiles/ada", "/api/v1/timelines/tags/secret", "/api/v1/profiles/ada",
        "/api/v1/timelines/home", "/api/v1/bookmarks", "/api/v1/likes", "/api/v1/drafts", "/api/v1/scheduled",
        f"/api/v1/media/{post_id}",
    ]  # fmt: skip


@pytest.mark.asvs("8.2.2")
@pytest.mark.parametrize("how", ["followers", "mentioned", "private", "blocked", "made so later"])
def test_nothing_of_the_pictures_of_a_post_is_found_by_whom_it_is_not_for(
    how: str, ada: Person, bob: Person, cat: Person, person: Callable[..., Person], anyone: Any
) -> None:
    medium = uploads(ada, alt_text="the-alt-text-of-it")
    bob.follows(ada)
    later = how == "made so later"
    visibility = how if how in ("followers", "mentioned") else "public"
    post = ada.writes("Hello @bob #secret", media_ids=ids(medium), visibility=visibility)
    quote = bob.writes("Look", quote_of=post["id"])
    if later:
        assert cat.put(f"/api/v1/posts/{post['id']}/bookmark").status_code == 200
        assert cat.put(f"/api/v1/posts/{post['id']}/like").status_code == 200
        assert ada.patch(f"/api/v1/posts/{post['id']}", {"visibility": "followers"}).status_code == 200
    if how == "private":
        ada.becomes(is_private=True)
    if how == "blocked":
        ada.put("/api/v1/profiles/cat/block")
    stem = Medium.objects.get().stem
    strangers = [cat] if how == "blocked" else [cat, anyone]

    for stranger in strangers:
        for path in [*surfaces(post["id"]), f"/api/v1/media/{medium['id']}", f"/api/v1/posts/{quote['id']}"]:
            # A problem repeats the address that was asked for.
            answer = stranger.get(path).content.decode().replace(path, "")
            for trace in (stem, medium["id"], medium["blurhash"], "the-alt-text-of-it"):
                assert trace not in answer, path
    assert bob.get(f"/api/v1/posts/{post['id']}").json()["media"] == [medium]
    assert bob.get(f"/api/v1/media/{medium['id']}").status_code == 404
