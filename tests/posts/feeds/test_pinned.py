"""What a profile has pinned: on its timeline where it is asked for, as far as the viewer may read it."""

from typing import Any

import pytest

from tests.posts.people import Person, Visitor

PATH = "/api/v1/timelines/profiles/ada?pinned=true"


def test_pinned_posts_are_listed_by_when_they_were_pinned(
    ada: Person, bob: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    posts = [ada.writes(f"Post {n}") for n in range(4)]
    ada.put(f"/api/v1/posts/{bob.writes('reposted')['id']}/repost")
    for place in (1, 3, 0):
        ada.put(f"/api/v1/posts/{posts[place]['id']}/pin")

    with django_assert_num_queries(2):
        first = anyone.get(f"{PATH}&limit=2").json()
    second = anyone.get(first["next"]).json()

    assert first["results"] == [{"reposted_by": None, "post": posts[place]} for place in (0, 3)]
    assert second["results"] == [{"reposted_by": None, "post": posts[1]}]
    assert (second["next"], anyone.get(second["previous"]).json()["results"]) == (None, first["results"])
    assert [entry["post"]["viewer"]["pinned"] for entry in ada.get(PATH).json()["results"]] == [True] * 3


def test_pinned_posts_stand_in_the_timeline_where_they_were_written(ada: Person, anyone: Visitor) -> None:
    posts = [ada.writes(f"Post {n}") for n in range(3)]
    ada.put(f"/api/v1/posts/{posts[0]['id']}/pin")

    for query in ("", "?pinned=false"):
        found = anyone.get(f"/api/v1/timelines/profiles/ada{query}").json()["results"]
        assert [entry["post"] for entry in found] == posts[::-1]


def test_pinning_shows_a_post_to_nobody_else(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    hidden, gone, seen = ada.writes("hidden", visibility="followers"), ada.writes("gone"), ada.writes("seen")
    for post in (hidden, gone, seen):
        ada.put(f"/api/v1/posts/{post['id']}/pin")
    ada.delete(f"/api/v1/posts/{gone['id']}")

    def pinned(who: Visitor) -> Any:
        response = who.get(PATH)
        return [entry["post"]["id"] for entry in response.json()["results"]] if response.status_code == 200 else 404

    assert [pinned(who) for who in (ada, bob)] == [[seen["id"], hidden["id"]]] * 2
    assert [pinned(who) for who in (cat, anyone)] == [[seen["id"]]] * 2
    ada.put("/api/v1/profiles/cat/block")
    assert pinned(cat) == 404
    ada.becomes(is_private=True)
    assert [pinned(bob), pinned(anyone)] == [[seen["id"], hidden["id"]], []]


@pytest.mark.parametrize("value", ["", "1", "True", "yes", "true&pinned=true"])
def test_pinned_is_true_or_false(value: str, ada: Person) -> None:
    response = ada.get(f"/api/v1/timelines/profiles/ada?pinned={value}")

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_cursor_is_of_one_of_the_two(ada: Person) -> None:
    for n in range(2):
        ada.put(f"/api/v1/posts/{ada.writes(f'Post {n}')['id']}/pin")
    pinned, all_posts = ada.get(f"{PATH}&limit=1").json(), ada.get("/api/v1/timelines/profiles/ada?limit=1").json()

    assert ada.get(pinned["next"].replace("pinned=true", "pinned=false")).status_code == 400
    assert ada.get(f"{all_posts['next']}&pinned=true").status_code == 400
