"""Reposts in timelines: who brought it is told, a post stands at home once, and nobody sees more than they may."""

from collections.abc import Callable
from typing import Any

import pytest

from posts_project.profiles.services.apply import apply_state
from tests.posts.conftest import JobRunner
from tests.posts.people import Person, Visitor


def test_repost_comes_home_with_who_brought_it(ada: Person, bob: Person, cat: Person) -> None:
    cat.follows(bob)
    post = ada.writes("Hello")
    repost(bob, post)

    [entry] = entries(cat, "timelines/home")

    assert entry == {"reposted_by": bob.short, "post": cat.get(f"/api/v1/posts/{post['id']}").json()}
    assert entries(cat, "timelines/profiles/bob") == [entry]
    assert brought(bob) == [("bob", post["id"])]


@pytest.mark.slow
def test_a_post_is_at_home_once_however_often_it_is_reposted(person: Callable[..., Person], ada: Person) -> None:
    reader, friends = person("reader"), [person(f"friend_{n}") for n in range(45)]
    post, other = ada.writes("Hello"), friends[44].writes("Other")
    for friend in friends:
        reader.follows(friend)
        repost(friend, post)
        repost(friend, other)

    assert brought(reader) == [("friend_0", post["id"]), (None, other["id"])]

    reader.follows(ada)
    assert brought(reader) == [(None, other["id"]), (None, post["id"])]


def test_next_one_takes_over_when_the_first_repost_ends(person: Callable[..., Person], ada: Person) -> None:
    reader, first, second = person("reader"), person("first"), person("second")
    post = ada.writes("Hello")
    for friend in (first, second):
        reader.follows(friend)
        repost(friend, post)

    assert first.delete(f"/api/v1/posts/{post['id']}/repost").json()["counts"]["reposts"] == 1
    assert brought(reader) == [("second", post["id"])]
    assert entries(reader, "timelines/profiles/first") == []

    apply_state(type(second.user)(**{**vars(second.user), "state": "suspended"}), version=2)
    assert brought(reader) == []
    apply_state(second.user, version=3)
    reader.unfollows(second)
    assert brought(reader) == []


def test_repost_never_widens_an_audience(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    cat.follows(bob)
    post = ada.writes("for followers", visibility="followers")
    repost(bob, post)

    assert brought(cat) == entries(cat, "timelines/profiles/bob") == entries(anyone, "timelines/profiles/bob") == []
    cat.follows(ada)
    assert [name for name, _ in brought(cat)] == [None]


def test_what_the_private_repost_is_for_their_followers(
    person: Callable[..., Person], ada: Person, bob: Person, anyone: Visitor
) -> None:
    shy = person("shy", is_private=True)
    bob.follows(shy)
    shy.put("/api/v1/follow-requests/bob/accept")
    repost(shy, ada.writes("Hello"))

    assert entries(anyone, "timelines/profiles/shy") == entries(ada, "timelines/profiles/shy") == []
    assert len(entries(bob, "timelines/profiles/shy")) == len(entries(shy, "timelines/profiles/shy")) == 1
    assert len(entries(bob, "timelines/home")) == 1


@pytest.mark.usefixtures("merged")
def test_reposts_of_a_popular_profile_are_merged_at_read(
    settings: Any, person: Callable[..., Person], ada: Person, jobs: JobRunner
) -> None:
    settings.PULL_FOLLOWERS = 2
    star, fans = person("star"), [person(f"fan_{n}") for n in range(3)]
    early = ada.writes("early")
    repost(star, early)
    for fan in fans:
        fan.follows(star)
    jobs.run()

    late = ada.writes("late")
    repost(star, late)
    jobs.run()

    assert brought(fans[0]) == [("star", late["id"]), ("star", early["id"])]


@pytest.mark.parametrize("count", [1, 25])
def test_profile_timeline_takes_two_queries(
    count: int, ada: Person, bob: Person, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        repost(bob, ada.writes(f"Post {n}"))

    with django_assert_num_queries(2):
        assert len(entries(ada, "timelines/profiles/bob")) == min(count, 20)


def repost(who: Person, post: dict[str, Any]) -> None:
    assert who.put(f"/api/v1/posts/{post['id']}/repost").status_code == 200


def entries(who: Visitor, path: str) -> list[dict[str, Any]]:
    return who.get(f"/api/v1/{path}").json()["results"]


def brought(who: Person) -> list[tuple[str | None, str]]:
    """At home: by whom (None: the author), and what."""
    found = entries(who, "timelines/home")
    return [(entry["reposted_by"] and entry["reposted_by"]["username"], entry["post"]["id"]) for entry in found]
