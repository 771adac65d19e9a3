"""The home timeline against its oracle: the two-stage query, which knows of no kept timelines."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from posts_project import sql
from posts_project.feeds import home
from posts_project.feeds.services import owners
from posts_project.follows.models import Follow
from posts_project.posts.rows import post_id
from posts_project.profiles.models import Profile
from shared.snowflakes import MAX_ID
from tests.posts.conftest import JobRunner
from tests.posts.people import Person

STEPS = 40


@pytest.fixture
def small_world(settings: Any) -> None:
    """Thresholds so low that a handful of people crosses all of them."""
    settings.FANOUT_INLINE_FOLLOWERS = 1
    settings.FANOUT_PAGE_FOLLOWERS = 2
    settings.PULL_FOLLOWERS = 2
    settings.TIMELINE_ENTRIES = 6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small_world", "merged")
def test_any_history_reads_as_the_oracle_says(seed: int, person: Callable[..., Person], jobs: JobRunner) -> None:
    world = World(random.Random(seed), [person(f"person_{n}", is_private=n == 5) for n in range(6)], jobs)

    world.meet()
    pulled = set()

    for _ in range(STEPS):
        world.step()

        jobs.run()
        pulled.add(frozenset(Profile.objects.filter(is_pulled=True).values_list("id", flat=True)))
        for someone in world.people:
            expected = oracle(someone)
            assert len(set(expected)) == len(expected)
            assert downward(someone) == expected
            assert upward(someone) == expected
    assert len(pulled) > 1, "nobody crossed the threshold"


def test_follower_finds_older_posts_at_once_and_loses_them_with_the_edge(ada: Person, bob: Person) -> None:
    first, second = ada.writes("one"), ada.writes("two")

    bob.follows(ada)
    assert bob.home() == [second["id"], first["id"]]

    bob.unfollows(ada)
    assert bob.home() == []


def test_entry_has_the_whole_post_and_says_that_nobody_reposted_it(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    post = ada.writes("Look, @bob: #Ünïcode https://example.org/a_(b). 👍", language="en", sensitive=True)

    response = bob.get("/api/v1/timelines/home")

    assert response.json() == {"results": [{"reposted_by": None, "post": post}], "next": None, "previous": None}


def test_home_needs_a_token(anyone: Any) -> None:
    response = anyone.get("/api/v1/timelines/home")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_a_page_is_one_query_whatever_its_size(
    limit: int, ada: Person, bob: Person, django_assert_num_queries: Any
) -> None:
    bob.follows(ada)
    for n in range(25):
        ada.writes(f"Post {n}")
    bob.home()

    with django_assert_num_queries(1):
        bob.home(limit=limit)


def test_cursor_of_somebody_elses_home_is_refused(ada: Person, bob: Person) -> None:
    ada.writes("one")
    ada.writes("two")
    following = ada.get("/api/v1/timelines/home?limit=1").json()["next"]

    response = bob.get(following)

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "invalid_cursor"


def test_rows_that_arrive_between_pages_neither_repeat_nor_hide(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    old = [ada.writes(f"Post {n}")["id"] for n in range(4)][::-1]
    first = bob.get("/api/v1/timelines/home?limit=2").json()
    new = ada.writes("just in")["id"]

    second = bob.get(first["next"]).json()
    back = bob.get(second["previous"]).json()
    newest = bob.get(back["previous"]).json()

    assert ids(first) + ids(second) == old
    assert ids(back) == old[:2]
    assert ids(newest) == [new]


@pytest.mark.django_db(transaction=True)
def test_idle_owner_is_dropped_and_served_and_filled_on_return(ada: Person, bob: Person, jobs: JobRunner) -> None:
    bob.follows(ada)
    posts = [ada.writes(f"Post {n}")["id"] for n in range(3)][::-1]

    owners.drop_idle(now=timezone.now() + timedelta(days=31))
    assert kept(bob) == []

    owners.recently_seen.clear()
    assert bob.home() == posts
    assert jobs.run() == ["feeds.rebuild"]
    assert kept(bob) == posts
    assert bob.home() == posts


@pytest.mark.usefixtures("small_world", "merged")
def test_crossing_the_threshold_twice_is_as_once(person: Callable[..., Person], ada: Person, jobs: JobRunner) -> None:
    fans = [person(f"fan_{n}") for n in range(5)]
    post = ada.writes("before")
    for fan in fans:
        fan.follows(ada)
    assert "follows.reconsider" in jobs.run()
    assert Profile.objects.get(id=ada.id).is_pulled
    assert Follow.objects.filter(followee_id=ada.id, pull=False).count() == 0

    later = ada.writes("after")
    jobs.run()
    assert kept(fans[0]) == [post["id"]]
    assert fans[0].home() == [later["id"], post["id"]]

    for fan in fans[1:]:
        fan.unfollows(ada)
    jobs.run()
    assert not Profile.objects.get(id=ada.id).is_pulled
    assert kept(fans[0]) == [later["id"], post["id"]]
    assert fans[0].home() == [later["id"], post["id"]]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small_world", "merged")
def test_nothing_is_lost_or_left_over_when_all_happens_at_once(person: Callable[..., Person], jobs: JobRunner) -> None:
    people, answers = [person(f"person_{n}") for n in range(6)], set[int]()

    def live(someone: Person, dice: random.Random) -> None:
        names = [f"/api/v1/profiles/{friend.username}" for friend in people if friend is not someone]
        try:
            for _ in range(25):
                answer = dice.choice([
                    lambda name: someone.post("/api/v1/posts", {"text": "Hello"}),
                    lambda name: someone.put(f"{name}/follow"),
                    lambda name: someone.put(f"{name}/follow"),
                    lambda name: someone.delete(f"{name}/follow"),
                    lambda name: someone.put(f"{name}/block"),
                    lambda name: someone.delete(f"{name}/block"),
                ])(dice.choice(names))  # fmt: skip
                answers.add(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=live, args=(someone, random.Random(n))) for n, someone in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.run()

    # 404: there was a block between the two.
    assert answers <= {200, 201, 404}
    for someone in people:
        assert downward(someone) == oracle(someone)[:100]
        counts = someone.get(f"/api/v1/profiles/{someone.username}").json()["counts"]
        assert counts["following"] == Follow.objects.filter(follower_id=someone.id).count()
        assert counts["followers"] == Follow.objects.filter(followee_id=someone.id).count()


class World:
    """Random doings of a few people, half of them with the first, who is pulled now and now not."""

    def __init__(self, dice: random.Random, people: list[Person], jobs: JobRunner) -> None:
        self.dice, self.people, self.jobs = dice, people, jobs
        self.posts: list[tuple[Person, str]] = []
        self.reposts: list[tuple[Person, str]] = []

    def meet(self) -> None:
        """Half of all the edges that there can be."""
        for _ in range(len(self.people) * (len(self.people) - 1) // 2):
            self.follow()

    def step(self) -> None:
        kinds = (
            [self.write] * 6
            + [self.follow] * 5
            + [self.repost] * 4
            + [self.unfollow] * 5
            + [self.mute] * 2
            + [self.unrepost, self.delete, self.edit, self.trim, self.go, self.block, self.unblock, self.unmute]
        )
        self.dice.choice(kinds)()

    def write(self) -> None:
        author = self._somebody()
        visibility = self.dice.choice(["public", "unlisted", "followers", "mentioned"])
        text = f"Hello @{self.dice.choice(self.people).username}"
        self.posts.append((author, author.writes(text, visibility=visibility)["id"]))

    def follow(self) -> None:
        """Not across a block, to be sure."""
        follower, followee = self._pair()
        answer = follower.put(f"/api/v1/profiles/{followee.username}/follow")
        if answer.status_code == 200 and followee.user.is_private and self.dice.random() < 0.7:
            followee.put(f"/api/v1/follow-requests/{follower.username}/accept")

    def unfollow(self) -> None:
        self._change("delete", "follow")

    def block(self) -> None:
        self._change("put", "block")

    def unblock(self) -> None:
        self._change("delete", "block")

    def mute(self) -> None:
        self._change("put", "mute")

    def unmute(self) -> None:
        self._change("delete", "mute")

    def _somebody(self) -> Person:
        return self.dice.choice([self.people[0], self.dice.choice(self.people)])

    def _pair(self) -> tuple[Person, Person]:
        other = self._somebody()
        return self.dice.choice([one for one in self.people if one is not other]), other

    def _change(self, method: str, relation: str) -> None:
        one, other = self._pair()
        assert getattr(one, method)(f"/api/v1/profiles/{other.username}/{relation}").status_code in (200, 404)

    def delete(self) -> None:
        if self.posts:
            author, post = self.posts.pop(self.dice.randrange(len(self.posts)))
            assert author.delete(f"/api/v1/posts/{post}").status_code == 204

    def repost(self) -> None:
        if self.posts:
            someone, post = self._somebody(), self.dice.choice(self.posts)[1]
            if someone.put(f"/api/v1/posts/{post}/repost").status_code == 200:
                self.reposts.append((someone, post))

    def unrepost(self) -> None:
        if self.reposts:
            someone, post = self.reposts.pop(self.dice.randrange(len(self.reposts)))
            someone.delete(f"/api/v1/posts/{post}/repost")

    def edit(self) -> None:
        if self.posts:
            author, post = self.dice.choice(self.posts)
            visibility = self.dice.choice(["public", "followers", "mentioned"])
            assert author.patch(f"/api/v1/posts/{post}", {"visibility": visibility}).status_code == 200

    def trim(self) -> None:
        owners.trim()

    def go(self) -> None:
        """Somebody stays away so long that their timeline goes, and comes back."""
        someone = self.dice.choice(self.people)
        sql.execute("UPDATE timeline_owner SET last_seen_at = '2020-01-01' WHERE owner_id = %(id)s", {"id": someone.id})
        owners.drop_idle(now=timezone.now())
        owners.recently_seen.clear()
        someone.home()


def oracle(someone: Person) -> list[str]:
    statement = home.two_stage(ascending=False, limit=100)
    rows = sql.rows(statement, {"viewer": someone.id, "position": MAX_ID})
    return [str(post_id(row)) for row in rows]


def downward(someone: Person) -> list[str]:
    found, url = [], "/api/v1/timelines/home?limit=3"
    while url:
        page = someone.get(url).json()
        found += ids(page)
        url = page["next"]
    return found


def upward(someone: Person) -> list[str]:
    """From the last page back to the first."""
    page = someone.get("/api/v1/timelines/home?limit=3").json()
    while page["next"]:
        page = someone.get(page["next"]).json()
    found = ids(page)
    while page["previous"]:
        page = someone.get(page["previous"]).json()
        found = ids(page) + found
    return found


def ids(page: dict[str, Any]) -> list[str]:
    return [entry["post"]["id"] for entry in page["results"]]


def kept(someone: Person) -> list[str]:
    statement = "SELECT post_id FROM timeline WHERE owner_id = %(owner)s ORDER BY at DESC"
    return [str(row[0]) for row in sql.rows(statement, {"owner": someone.id})]
