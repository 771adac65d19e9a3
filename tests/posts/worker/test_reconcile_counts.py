"""What is kept twice is compared with itself: counts with rows, timelines with the query that needs none."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from posts_project.feeds.models import TimelineEntry
from posts_project.follows.models import Follow
from posts_project.posts.models import Mark, PollCount, Post, PostCount
from posts_project.posts.services import counts as post_counts
from posts_project.profiles.models import Profile
from posts_project.profiles.services import counts as profile_counts
from posts_project.worker import reconcile, reconcile_counters
from tests.posts.conftest import JobRunner
from tests.posts.fakes import FakeAuthClient
from tests.posts.feeds.test_home import downward, oracle
from tests.posts.parallel import at_once
from tests.posts.people import Person
from tests.posts.worker.test_exports import write
from tests.posts.worker.test_reconcile import run

POLL = {"options": ["Yes", "No", "Perhaps"], "multiple": True, "expires_in": 3_600}
NOTHING = ("There is no difference.\n", 0)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_SECONDS", 0)


@dataclass
class World:
    """Bob follows Ada, who wrote one post and asked in another; he did with them all that can be done."""

    ada: Person
    bob: Person
    cat: Person
    post: int
    poll: int


@pytest.fixture
def world(ada: Person, bob: Person, cat: Person) -> World:
    bob.follows(ada)
    post, poll = ada.writes("Hello")["id"], ada.writes("Which?", poll=POLL)["id"]
    bob.writes("Well", in_reply_to=post)
    bob.writes("Quietly", in_reply_to=post, visibility="followers")
    bob.writes("Look", quote_of=post)
    for mark in ("like", "repost", "bookmark"):
        assert bob.put(f"/api/v1/posts/{post}/{mark}").status_code == 200
    assert bob.put(f"/api/v1/posts/{poll}/vote", {"choices": [0, 2]}).status_code == 200
    return World(ada, bob, cat, int(post), int(poll))


Plant = Callable[[World], object]

# Name of the count → of what, how far it is wrong, and how it came to be.
COUNTERS: dict[str, tuple[str, str, Plant]] = {
    "posts": ("profile {ada}", "posts: 1 too few", lambda it: profile_counts.add(it.ada.id, posts=-1)),
    "followers": ("profile {ada}", "followers: 2 too many", lambda it: profile_counts.add(it.ada.id, followers=2)),
    "following": ("profile {bob}", "following: 1 too few", lambda it: profile_counts.add(it.bob.id, following=-1)),
    "replies": ("post {post}", "replies: 1 too few", lambda _: PostCount.objects.filter(replies=1).update(replies=0)),
    "likes": ("post {post}", "likes: 1 too many", lambda _: Mark.objects.filter(kind="like").delete()),
    "reposts": ("post {post}", "reposts: 1 too many", lambda _: Mark.objects.filter(kind="repost").delete()),
    "quotes": ("post {post}", "quotes: 1 too many", lambda _: Post.objects.update(quote_of=None)),
    "votes": ("post {poll}", "votes for option 1: 3 too many", lambda it: post_counts.add_to_options(it.poll, [1], 3)),
    "voters": ("post {poll}", "voters: 1 too few", lambda _: PollCount.objects.filter(option=-1).delete()),
}  # fmt: skip


def test_what_was_written_by_the_api_has_no_difference(world: World) -> None:
    assert run("--only", "counters") == run("--only", "timelines") == NOTHING


@pytest.mark.parametrize("name", COUNTERS)
def test_each_wrong_count_is_named_and_mended(world: World, name: str) -> None:
    subject, detail, plant = COUNTERS[name]
    plant(world)
    of_whom = subject.format(ada=world.ada.id, bob=world.bob.id, post=world.post, poll=world.poll)
    line, kind = f"{of_whom}: wrong number of {name} ({detail})", f"wrong number of {name}"

    found = run("--only", "counters")

    assert found == (f"{line}\n{kind}: 1 found, 0 mended\n1 differences are left.\n", 1)
    assert run("--only", "counters") == found
    assert run("--only", "counters", "--fix") == (
        f"{line}, mended\n{kind}: 1 found, 1 mended\nNo difference is left.\n", 0,
    )  # fmt: skip
    assert run("--only", "counters") == NOTHING


def test_mended_counts_are_what_readers_see(world: World) -> None:
    for _, _, plant in COUNTERS.values():
        plant(world)

    run("--only", "counters", "--fix")

    assert world.ada.get("/api/v1/profiles/ada").json()["counts"] == {"posts": 2, "followers": 1, "following": 0}
    post = world.ada.get(f"/api/v1/posts/{world.post}").json()
    # The like, the repost and the quote are what was taken away.
    assert post["counts"] == {"replies": 1, "likes": 0, "reposts": 0, "quotes": 0}
    poll = world.bob.get(f"/api/v1/posts/{world.poll}").json()["poll"]
    assert (poll["voters"], [option["votes"] for option in poll["options"]]) == (1, [1, 0, 1])


def test_an_author_whose_followers_were_miscounted_is_pulled_when_they_should_be(
    world: World, settings: Any, jobs: JobRunner
) -> None:
    profile_counts.add(world.ada.id, followers=-1)
    settings.PULL_FOLLOWERS = 0

    run("--only", "counters", "--fix")
    jobs.run()

    assert Profile.objects.get(id=world.ada.id).is_pulled


def test_all_pages_are_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile_counters, "PAGE", 1)
    for number in (world.ada.id, world.bob.id):
        profile_counts.add(number, posts=1)
    post_counts.add(world.post, likes=1)

    said, status = run("--only", "counters")

    assert said.endswith("wrong number of posts: 2 found, 0 mended\nwrong number of likes: 1 found, 0 mended\n"
                         "3 differences are left.\n")  # fmt: skip
    assert status == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_added_while_others_write(world: World, person: Callable[..., Person]) -> None:
    people = [person(f"person_{number}") for number in range(4)]
    for _, _, plant in COUNTERS.values():
        plant(world)
    still = threading.Event()
    found: list[int] = []

    def mend() -> None:
        try:
            while not still.is_set():
                found.append(run("--only", "counters", "--fix")[1])
        finally:
            connection.close()

    def live(number: int) -> int:
        dice, someone = random.Random(number), people[number]
        statuses = set()
        for _ in range(15):
            answer = dice.choice([
                lambda: someone.put(f"/api/v1/posts/{world.post}/like"),
                lambda: someone.delete(f"/api/v1/posts/{world.post}/like"),
                lambda: someone.put("/api/v1/profiles/ada/follow"),
                lambda: someone.delete("/api/v1/profiles/ada/follow"),
                lambda: someone.post("/api/v1/posts", {"text": "Hello", "in_reply_to": str(world.post)}),
                lambda: someone.put(f"/api/v1/posts/{world.poll}/vote", {"choices": [number % 3]}),
            ])()  # fmt: skip
            statuses.add(answer.status_code)
        return int(statuses <= {200, 201})

    menders = [threading.Thread(target=mend) for _ in range(2)]
    for mender in menders:
        mender.start()
    assert at_once(live, len(people)) == [1] * len(people)
    still.set()
    for mender in menders:
        mender.join()

    assert set(found) == {0}
    assert run("--only", "counters") == NOTHING


@pytest.mark.django_db(transaction=True)
def test_two_that_mend_at_once_mend_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    profile_counts.add(world.ada.id, posts=3)
    add = profile_counts.add

    def slowly(*arguments: Any, **changes: int) -> None:
        time.sleep(0.3)
        add(*arguments, **changes)

    monkeypatch.setattr(profile_counts, "add", slowly)

    assert at_once(lambda _: run("--only", "counters", "--fix")[1] == 0, 2) == [True] * 2

    assert run("--only", "counters") == NOTHING


def lose_entry(world: World) -> None:
    assert TimelineEntry.objects.filter(owner_id=world.bob.id, post_id=world.post, by_id=world.ada.id).delete()[0] == 1


def add_stranger(world: World) -> None:
    assert TimelineEntry.objects.filter(owner_id=world.bob.id).exists()
    theirs = int(world.cat.writes("Bob does not follow me")["id"])
    TimelineEntry.objects.create(owner_id=world.bob.id, at=theirs, post_id=theirs, by_id=world.cat.id)


def lose_all(world: World) -> None:
    """All is said to be kept down to the first post, and nothing is."""
    TimelineEntry.objects.filter(owner_id=world.bob.id).delete()


def lose_follow(world: World) -> None:
    assert Follow.objects.filter(follower_id=world.bob.id).delete()


def lose_pulled(world: World) -> None:
    """Ada is merged at read, but what she wrote stands nowhere."""
    Profile.objects.filter(id=world.ada.id).update(is_pulled=True)
    Follow.objects.filter(followee_id=world.ada.id).update(pull=True)
    assert TimelineEntry.objects.filter(owner_id=world.bob.id, by_id=world.ada.id).delete()


TIMELINES: dict[str, tuple[str, Plant]] = {
    "an entry is missing": ("1 missing, 0 too many", lose_entry),
    "all are missing": ("5 missing, 0 too many", lose_all),
    "one of a stranger": ("0 missing, 1 too many", add_stranger),
    "those of a pulled author": ("2 missing, 0 too many", lose_pulled),
    "those of somebody whose follow was lost": ("0 missing, 2 too many", lose_follow),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_each_wrong_timeline_is_named_and_made_anew(world: World, name: str) -> None:
    detail, plant = TIMELINES[name]
    plant(world)
    line = f"timeline of {world.bob.id}: wrong timeline ({detail})"
    before = list(TimelineEntry.objects.values())

    found = run("--only", "timelines")

    assert found == (f"{line}\nwrong timeline: 1 found, 0 mended\n1 differences are left.\n", 1)
    assert list(TimelineEntry.objects.values()) == before
    assert run("--only", "timelines", "--fix") == (
        f"{line}, mended\nwrong timeline: 1 found, 1 mended\nNo difference is left.\n", 0,
    )  # fmt: skip
    assert run("--only", "timelines") == NOTHING
    assert downward(world.bob) == oracle(world.bob)


def test_timelines_are_compared_as_far_as_they_are_kept(world: World, settings: Any) -> None:
    settings.TIMELINE_ENTRIES = 150
    write(world.ada, 220, text="x")
    assert run("--only", "timelines", "--fix")[1] == 0
    oldest = TimelineEntry.objects.filter(owner_id=world.bob.id).order_by("at").first()
    assert oldest is not None
    TimelineEntry.objects.filter(owner_id=world.bob.id, at=oldest.at).delete()

    assert run("--only", "timelines")[1] == 1
    assert run("--only", "timelines", "--fix")[1] == 0
    assert run("--only", "timelines") == NOTHING


def test_what_a_job_brings_meanwhile_is_no_difference(
    world: World, settings: Any, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FANOUT_INLINE_FOLLOWERS = 0
    world.ada.writes("To many")
    assert run("--only", "timelines")[1] == 1

    monkeypatch.setattr("time.sleep", lambda _: jobs.run())

    assert run("--only", "timelines") == NOTHING


def test_counters_cannot_go_on_after_a_user() -> None:
    with pytest.raises(CommandError, match="--after is for timelines and auth") as refusal:
        call_command("reconcile", "--only", "counters", "--after", "5")

    assert refusal.value.returncode == 2


def test_timelines_go_on_after_a_user(world: World) -> None:
    lose_entry(world)

    assert run("--only", "timelines", "--after", str(max(world.ada.id, world.bob.id))) == NOTHING


def test_counts_and_timelines_need_no_auth(world: World, auth: FakeAuthClient) -> None:
    auth.down = True
    profile_counts.add(world.ada.id, posts=1)
    lose_entry(world)

    assert run("--only", "counters", "--fix")[1] == run("--only", "timelines", "--fix")[1] == 0
    assert run("--fix") == ("Auth does not answer (auth: down). Go on with --only auth --after 0.\n", 3)


def test_while_auth_is_away_the_other_parts_are_done_and_told(world: World, auth: FakeAuthClient) -> None:
    auth.down = True
    profile_counts.add(world.ada.id, posts=1)

    assert run("--fix") == (
        f"profile {world.ada.id}: wrong number of posts (posts: 1 too many), mended\n"
        "wrong number of posts: 1 found, 1 mended\n"
        "Auth does not answer (auth: down). Go on with --only auth --after 0.\n",
        3,
    )


@pytest.mark.parametrize("options", [["--only", "counters", "--after", "5"], ["--only", "all"], ["--after", "x"]])
def test_what_makes_no_sense_is_refused(options: list[str], db: None) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("reconcile", *options)

    assert getattr(refusal.value, "returncode", 1) in (1, 2)
