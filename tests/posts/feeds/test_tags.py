"""Timelines of tags: everybody's public posts, in any spelling of the tag."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.posts.people import Person, Visitor


def test_any_spelling_finds_the_tag(ada: Person, anyone: Visitor) -> None:
    first, second = ada.writes("#Café"), ada.writes("a #CAFE\u0301 and #café")
    ada.writes("#cafes and cafe")

    answers = [anyone.get(f"/api/v1/timelines/tags/{quote(name)}") for name in ("café", "CAFE\u0301", "#Café")]

    entries = [
        {"reposted_by": None, "post": anyone.get(f"/api/v1/posts/{post['id']}").json()} for post in (second, first)
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (200, {"results": entries, "next": None, "previous": None})


def test_unknown_tag_is_an_empty_page(anyone: Visitor) -> None:
    answer = anyone.get("/api/v1/timelines/tags/nobody_has_said_it")

    assert (answer.status_code, answer.json()) == (200, {"results": [], "next": None, "previous": None})


@pytest.mark.parametrize("name", ["a b", "##a", "123", "#", "a/b", "x" * 101, "a.b", "👍", "%", "\u202e", "a#b"])
def test_what_no_text_can_be_tagged_with_is_404(name: str, anyone: Visitor) -> None:
    answer = anyone.get(f"/api/v1/timelines/tags/{quote(name, safe='')}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_only_what_is_public_is_there_even_for_those_who_may_read_more(
    person: Callable[..., Person], ada: Person, bob: Person, cat: Person, anyone: Visitor
) -> None:
    shy = person("shy", is_private=True)
    bob.follows(shy)
    shy.put("/api/v1/follow-requests/bob/accept")
    bob.follows(ada)
    public = ada.writes("#tag")["id"]
    for visibility in ("unlisted", "followers", "mentioned"):
        ada.writes("#tag @bob", visibility=visibility)
    shy.writes("#tag", visibility="public")

    assert found(bob) == found(ada) == found(shy) == found(anyone) == [public]
    ada.put("/api/v1/profiles/cat/block")
    bob.put("/api/v1/profiles/ada/mute")
    assert found(cat) == found(bob) == []
    assert found(anyone) == [public]


def test_edited_and_deleted_posts_leave_the_tag(ada: Person, anyone: Visitor) -> None:
    first, second, third = (ada.writes("#tag") for _ in range(3))

    ada.patch(f"/api/v1/posts/{first['id']}", {"text": "no more"})
    ada.delete(f"/api/v1/posts/{second['id']}")
    ada.patch(f"/api/v1/posts/{third['id']}", {"visibility": "unlisted"})

    assert found(anyone) == []


def test_page_is_one_query_and_pages_neither_repeat_nor_hide(
    ada: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    old = [ada.writes(f"#tag {n}")["id"] for n in range(4)][::-1]

    with django_assert_num_queries(1):
        first = anyone.get("/api/v1/timelines/tags/tag?limit=2").json()
    new = ada.writes("#tag")["id"]
    second = anyone.get(first["next"]).json()
    back = anyone.get(second["previous"]).json()

    assert ids(first) + ids(second) == old
    assert (ids(back), ids(anyone.get(back["previous"]).json()), second["next"]) == (old[:2], [new], None)
    assert anyone.get(first["next"].replace("tags/tag", "tags/gat")).status_code == 400
    assert anyone.get(first["next"].replace("tags/tag", "tags/TAG")).status_code == 200


def found(viewer: Visitor) -> list[str]:
    return ids(viewer.get("/api/v1/timelines/tags/tag").json())


def ids(page: dict[str, Any]) -> list[str]:
    return [entry["post"]["id"] for entry in page["results"]]
