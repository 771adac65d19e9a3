"""Quotes: shown as far as the viewer may read what is quoted, counted exactly, listed in one statement."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from posts_project.posts.models import Post, PostCount
from posts_project.posts.services import counts
from posts_project.profiles.services.apply import apply_state, erase
from posts_project.profiles.services.counts import SHARE
from tests.posts.conftest import JobRunner
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

QUOTED = (
    "id", "author", "text", "visibility", "media", "tags", "mentions", "links", "sensitive", "spoiler_text", "language",
    "created_at", "edited_at",
)  # fmt: skip


def test_quote_shows_the_quoted_post_without_its_own_quote(ada: Person, bob: Person, anyone: Visitor) -> None:
    first = ada.writes("first")
    second = bob.writes("See @ada #this https://example.org", quote_of=first["id"], spoiler_text="S", language="en")

    third = ada.writes("third", quote_of=second["id"])

    assert second["quote_of"] == short(first)
    assert third["quote_of"] == short(second)
    assert anyone.get(f"/api/v1/posts/{third['id']}").json() == third
    assert anyone.get("/api/v1/timelines/public").json()["results"][0]["post"] == third


def test_quoted_post_is_shown_as_it_was_edited(ada: Person, bob: Person) -> None:
    post = ada.writes("one")
    quote = bob.writes("Hm", quote_of=post["id"])

    edited = ada.patch(f"/api/v1/posts/{post['id']}", {"text": "two"}).json()

    assert read(bob, quote)["quote_of"] == short(edited)


def test_a_post_can_answer_and_quote_one_and_the_same(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")

    both = bob.writes("Both", in_reply_to=post["id"], quote_of=post["id"])

    assert (both["in_reply_to"], both["quote_of"]["id"]) == (post["id"], post["id"])
    assert read(ada, post)["counts"] == {"replies": 1, "likes": 0, "reposts": 0, "quotes": 1}
    bob.delete(f"/api/v1/posts/{both['id']}")
    assert read(ada, post)["counts"] == {"replies": 0, "likes": 0, "reposts": 0, "quotes": 0}


@pytest.mark.parametrize("reply_policy", ["nobody", "everyone"])
def test_reply_policy_is_about_replies_alone(reply_policy: str, ada: Person, bob: Person) -> None:
    post = ada.writes("Hello", reply_policy=reply_policy)

    assert bob.writes("Hm", quote_of=post["id"])["quote_of"]["id"] == post["id"]


def test_nobody_quotes_what_they_cannot_see(ada: Person, bob: Person) -> None:
    hidden = ada.writes("hidden", visibility="followers")
    gone = bob.writes("gone")
    bob.delete(f"/api/v1/posts/{gone['id']}")

    for quoted in (hidden["id"], gone["id"], "1"):
        response = bob.post("/api/v1/posts", {"text": "Hm", "quote_of": quoted})

        assert (response.status_code, response.json()["code"]) == (400, "validation_error")
        assert response.json()["errors"] == [
            {"field": "quote_of", "code": "not_found", "detail": "There is no such post."}
        ]
    assert Post.objects.count() == 1


def test_missing_parent_and_missing_quote_are_told_at_once(ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "Hm", "in_reply_to": "1", "quote_of": "2"})

    assert [error["field"] for error in response.json()["errors"]] == ["in_reply_to", "quote_of"]


@pytest.mark.parametrize("value", [5, "x", "", "-1", str(2**63), ["1"], True])
def test_quote_of_a_wrong_kind_is_named(value: Any, ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "Hm", "quote_of": value})

    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["quote_of"])


def test_what_is_quoted_cannot_be_changed(ada: Person) -> None:
    post = ada.writes("Hello")

    response = ada.patch(f"/api/v1/posts/{post['id']}", {"quote_of": post["id"]})

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("quote_of", "unknown_field")]


def test_quote_never_widens_an_audience(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    secret = ada.writes("for followers", visibility="followers")

    quote = bob.writes("Look", quote_of=secret["id"])

    assert quote["quote_of"] == short(secret)
    for stranger in (cat, anyone):
        assert read(stranger, quote) == quote | {"quote_of": unavailable(secret)}
        assert stranger.get("/api/v1/timelines/public").json()["results"][0]["post"]["quote_of"] == unavailable(secret)
        assert stranger.get(f"/api/v1/posts/{secret['id']}/quotes").status_code == 404


@pytest.mark.parametrize("how", ["delete", "hide", "suspend", "private"])
def test_quoted_post_that_goes_is_named_as_unavailable(how: str, ada: Person, bob: Person, anyone: Visitor) -> None:
    post = ada.writes("Hello")
    quote = bob.writes("Hm", quote_of=post["id"])
    path = f"/api/v1/posts/{post['id']}"

    if how == "delete":
        ada.delete(path)
    elif how == "hide":
        ada.patch(path, {"visibility": "mentioned"})
    else:
        change = {"state": "suspended"} if how == "suspend" else {"is_private": True}
        apply_state(type(ada.user)(**{**vars(ada.user), **change}), version=2)

    for reader in (bob, anyone):
        assert read(reader, quote)["quote_of"] == unavailable(post)
        assert reader.get(f"{path}/quotes").status_code == 404


def test_quotes_that_anyone_may_open_are_counted(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")

    def quotes() -> int:
        return int(read(ada, post)["counts"]["quotes"])

    one = bob.writes("one", quote_of=post["id"])
    bob.writes("two", quote_of=post["id"], visibility="unlisted")
    bob.writes("hidden", quote_of=post["id"], visibility="followers")
    assert quotes() == 2
    bob.patch(f"/api/v1/posts/{one['id']}", {"visibility": "mentioned"})
    assert quotes() == 1
    bob.patch(f"/api/v1/posts/{one['id']}", {"visibility": "unlisted"})
    bob.patch(f"/api/v1/posts/{one['id']}", {"visibility": "public"})
    assert quotes() == 2
    bob.delete(f"/api/v1/posts/{one['id']}")
    assert quotes() == 1


def test_quotes_of_an_erased_person_are_counted_no_longer(ada: Person, bob: Person, jobs: JobRunner) -> None:
    post = ada.writes("Hello")
    bob.writes("one", quote_of=post["id"])
    bob.writes("two", quote_of=post["id"], in_reply_to=post["id"])

    erase(bob.id, version=2)
    jobs.run()

    assert read(ada, post)["counts"] == post["counts"]
    assert ada.get(f"/api/v1/posts/{post['id']}/quotes").json()["results"] == []


def test_quotes_are_listed_newest_first_in_one_statement(
    ada: Person, bob: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    post = ada.writes("Hello")
    path = f"/api/v1/posts/{post['id']}/quotes"
    assert anyone.get(path).json() == {"results": [], "next": None, "previous": None}
    quotes = [bob.writes(f"Quote {n}", quote_of=post["id"]) for n in range(3)]
    bob.writes("hidden", quote_of=post["id"], visibility="followers")
    bob.writes("deeper", quote_of=quotes[0]["id"])

    with django_assert_num_queries(1):
        first = anyone.get(f"{path}?limit=2").json()
    newer = bob.writes("newer", quote_of=post["id"])
    second = anyone.get(first["next"]).json()
    back = anyone.get(second["previous"]).json()

    assert [quote["id"] for quote in first["results"]] == [quotes[2]["id"], quotes[1]["id"]]
    assert second["results"] == [read(anyone, quotes[0])]
    assert second["next"] is None
    assert back["results"] == first["results"]
    assert anyone.get(back["previous"]).json()["results"] == [newer]
    assert [anyone.get(f"/api/v1/posts/{odd}/quotes").status_code for odd in ("1", "x", str(2**63))] == [404] * 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_quotes_crossing_each_other_are_counted_exactly(
    person: Callable[..., Person], ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half answer the one and quote the other, half the other way round, while both are liked and quotes deleted.

    There is one share of each count, so that all meet at it, and time enough to meet.
    """
    add = counts.add

    def add_slowly(*args: Any, **options: Any) -> None:
        add(*args, **options)
        time.sleep(0.01)

    monkeypatch.setattr(counts, "_ADD", counts._ADD.replace(SHARE, "0"))
    monkeypatch.setattr(counts, "add", add_slowly)
    one, other = ada.writes("one"), ada.writes("other")
    people = [person(f"person_{n}") for n in range(16)]

    def write(number: int) -> int:
        someone = people[number]
        named = (one, other) if number % 2 else (other, one)
        for _ in range(4):
            post = someone.writes("Hm", in_reply_to=named[0]["id"], quote_of=named[1]["id"])
            someone.put(f"/api/v1/posts/{named[0]['id']}/like")
            someone.put(f"/api/v1/posts/{named[1]['id']}/repost")
            if number % 4 == 0:
                assert someone.delete(f"/api/v1/posts/{post['id']}").status_code == 204
        return 1

    assert at_once(write, len(people)) == [1] * len(people)
    for post in (one, other):
        expected = {
            "replies": Post.objects.filter(in_reply_to=post["id"]).count(),
            "quotes": Post.objects.filter(quote_of=post["id"]).count(),
            "likes": 8,
            "reposts": 8,
        }
        assert read(ada, post)["counts"] == expected
    assert Post.objects.filter(quote_of=one["id"]).count() + Post.objects.filter(quote_of=other["id"]).count() == 48


@pytest.mark.django_db(transaction=True)
def test_post_that_is_quoted_while_it_goes_leaves_nothing_behind(person: Callable[..., Person], ada: Person) -> None:
    posts = [ada.writes(f"Post {n}") for n in range(6)]
    people = [person(f"person_{n}") for n in range(5)]

    def act(number: int) -> int:
        """How many posts were deleted, or quoted before that."""
        if number == len(people):
            return sum(ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204 for post in posts)
        drafts = [{"text": "Hm", "quote_of": post["id"]} for post in posts]
        statuses = [people[number].post("/api/v1/posts", draft).status_code for draft in drafts]
        assert set(statuses) <= {201, 400}
        return statuses.count(201)

    *quoted, deleted = at_once(act, len(people) + 1)

    assert deleted == len(posts)
    assert Post.objects.count() == sum(quoted)
    assert not PostCount.objects.exists()


def read(who: Visitor, post: dict[str, Any]) -> dict[str, Any]:
    response = who.get(f"/api/v1/posts/{post['id']}")
    assert response.status_code == 200
    return dict(response.json())


def short(post: dict[str, Any]) -> dict[str, Any]:
    return {name: post[name] for name in QUOTED}


def unavailable(post: dict[str, Any]) -> dict[str, Any]:
    return {"id": post["id"], "unavailable": True}
