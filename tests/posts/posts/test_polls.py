"""Polls: asked within bounds, voted in once, results told to those who voted or when it is over, counted exactly."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from posts_project.events import registry
from posts_project.posts.facts import PollClosed
from posts_project.posts.models import PollCount, Post, Vote
from posts_project.profiles.services.apply import erase
from posts_project.worker.subscriptions import SUBSCRIBERS
from shared.snowflakes import created_at
from shared.wire import timestamp
from tests.posts.conftest import JobRunner
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

ASKED = {"options": ["Yes", "No", "Perhaps"], "expires_in": 300}
ENDED = "2026-01-02T03:04:05.678Z"


def test_whole_poll(ada: Person, bob: Person, anyone: Visitor) -> None:
    post = ada.writes("Well?", poll={**ASKED, "multiple": True, "expires_in": 2_592_000})
    ends_at = timestamp(created_at(int(post["id"])) + timedelta(days=30))
    unknown = poll(post, ends_at, multiple=True)
    assert post["poll"] == unknown

    voted = bob.put(f"/api/v1/posts/{post['id']}/vote", {"choices": [2, 0]})

    known = poll(post, ends_at, multiple=True, votes=[1, 0, 1], voters=1)
    assert (voted.status_code, voted.json()) == (200, post | {"poll": known | {"viewer": {"choices": [0, 2]}}})
    assert voted.headers["ETag"] == bob.get(f"/api/v1/posts/{post['id']}").headers["ETag"]
    assert read(bob, post) == voted.json()
    for who in (ada, anyone):
        assert read(who, post)["poll"] == unknown
        assert who.get("/api/v1/timelines/public").json()["results"][0]["post"]["poll"] == unknown
    over(post)
    for who in (ada, anyone):
        assert read(who, post)["poll"] == known | {"expires_at": ENDED, "closed": True}


def test_poll_that_nobody_answered_ends_with_zeros(ada: Person, anyone: Visitor) -> None:
    post = ada.writes("Well?", poll=ASKED)

    over(post)

    ended = read(anyone, post)["poll"]
    assert ([option["votes"] for option in ended["options"]], ended["voters"]) == ([0, 0, 0], 0)


@pytest.mark.parametrize("text", ["", "  ", "\u200b", None])
def test_poll_can_stand_without_words(text: str | None, ada: Person) -> None:
    draft = {"poll": ASKED} | ({"text": text} if text is not None else {})

    response = ada.post("/api/v1/posts", draft)

    assert (response.status_code, response.json()["text"]) == (201, text or "")


@pytest.mark.parametrize("draft", [{}, {"poll": None}, {"text": "", "poll": None}, {"text": None, "poll": ASKED}])
def test_without_a_poll_there_must_be_words(draft: dict[str, Any], ada: Person) -> None:
    response = ada.post("/api/v1/posts", draft)

    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["text"])


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"options": ["a"]}, ["poll.options"]),
        ({"options": list("abcdefg")}, ["poll.options"]),
        ({"options": "ab"}, ["poll.options"]),
        ({"options": None}, ["poll.options"]),
        ({"options": ["a", " a "]}, ["poll.options"]),
        ({"options": ["\u00e9", "e\u0301"]}, ["poll.options"]),
        ({"options": ["a", ""]}, ["poll.options.1"]),
        ({"options": ["\u200b", "  "]}, ["poll.options.0", "poll.options.1"]),
        ({"options": ["a", "x" * 81]}, ["poll.options.1"]),
        ({"options": ["a", 5]}, ["poll.options.1"]),
        ({"options": ["a", "two\nlines"]}, ["poll.options.1"]),
        ({"options": ["a", "\u202eb"]}, ["poll.options.1"]),
        ({"expires_in": 299}, ["poll.expires_in"]),
        ({"expires_in": 2_592_001}, ["poll.expires_in"]),
        ({"expires_in": "300"}, ["poll.expires_in"]),
        ({"expires_in": 300.5}, ["poll.expires_in"]),
        ({"expires_in": None}, ["poll.expires_in"]),
        ({"multiple": "true"}, ["poll.multiple"]),
        ({"multiple": None}, ["poll.multiple"]),
        ({"votes": [1, 2]}, ["poll.votes"]),
        ({"options": ["a"], "expires_in": 1, "x": 1}, ["poll.expires_in", "poll.options", "poll.x"]),
    ],
)
def test_bad_poll_is_refused_with_the_name_of_its_fault(change: dict[str, Any], fields: list[str], ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "", "poll": ASKED | change})

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert sorted(error["field"] for error in response.json()["errors"]) == fields
    assert not Post.objects.exists()


@pytest.mark.parametrize("value", [5, "x", [], ["a", "b"], {}, True])
def test_poll_of_a_wrong_kind_is_refused(value: Any, ada: Person) -> None:
    response = ada.post("/api/v1/posts", {"text": "Hello", "poll": value})

    assert response.status_code == 400
    assert {error["field"].partition(".")[0] for error in response.json()["errors"]} == {"poll"}


def test_options_are_kept_in_nfc_without_blanks_around(ada: Person) -> None:
    post = ada.writes(poll={"options": ["  Cafe\u0301 ", "x" * 80, "👩‍👩‍👧"], "expires_in": 300})

    assert [option["title"] for option in post["poll"]["options"]] == ["Café", "x" * 80, "👩‍👩‍👧"]


def test_a_vote_is_cast_once(ada: Person, bob: Person) -> None:
    post = ada.writes(poll=ASKED)
    first = vote(bob, post, 1)

    again, other, more = vote(bob, post, 1), vote(bob, post, 0), vote(bob, post, 0, 1)

    assert (again.status_code, again.json()) == (200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "already_voted")
    assert (more.status_code, [error["field"] for error in more.json()["errors"]]) == (400, ["choices"])
    assert tally(read(bob, post)) == ([0, 1, 0], 1)


def test_several_choices_are_the_same_vote_in_any_order(ada: Person, bob: Person) -> None:
    post = ada.writes(poll={**ASKED, "multiple": True})

    answers = [vote(bob, post, 2, 1), vote(bob, post, 1, 2), vote(bob, post, 1), vote(bob, post, 0, 1, 2)]

    assert [answer.status_code for answer in answers] == [200, 200, 409, 409]
    assert tally(read(bob, post)) == ([0, 1, 1], 1)


def test_author_votes_like_anybody(ada: Person) -> None:
    post = ada.writes(poll=ASKED)
    assert post["poll"]["voters"] is None

    assert tally(vote(ada, post, 0).json()) == ([1, 0, 0], 1)


def test_closed_poll_takes_no_vote_but_knows_those_it_has(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes(poll=ASKED)
    vote(bob, post, 1)

    over(post)

    late = vote(cat, post, 1)
    assert (late.status_code, late.json()["code"]) == (409, "poll_closed")
    assert vote(bob, post, 1).status_code == 200
    assert vote(bob, post, 0).json()["code"] == "already_voted"
    assert tally(read(cat, post)) == ([0, 1, 0], 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": 0},
        {"choices": "0"},
        {"choices": ["0"]},
        {"choices": [True]},
        {"choices": [0.0]},
        {"choices": [-1]},
        {"choices": [3]},
        {"choices": [10**30]},
        {"choices": [0, 0]},
        {"choices": [0, 1]},
        {"choices": [0, 1, 2, 0, 1, 2, 0]},
    ],
)
def test_bad_choices_are_refused(body: dict[str, Any], ada: Person, bob: Person) -> None:
    post = ada.writes(poll=ASKED)

    response = bob.put(f"/api/v1/posts/{post['id']}/vote", body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert {error["field"].partition(".")[0] for error in response.json()["errors"]} == {"choices"}
    assert not Vote.objects.exists()


def test_who_may_not_read_the_post_cannot_vote(ada: Person, bob: Person, anyone: Visitor) -> None:
    hidden, plain = ada.writes(poll=ASKED, visibility="followers"), ada.writes("plain")

    odd = [vote(bob, {"id": number}, 0).status_code for number in ("1", "x", str(2**63))]
    assert [vote(bob, hidden, 0).status_code, vote(bob, plain, 0).status_code, *odd] == [404] * 5
    assert vote(anyone, hidden, 0).status_code == 401
    bob.follows(ada)
    assert vote(bob, hidden, 0).status_code == 200


def test_poll_cannot_be_edited_and_its_words_may_go(ada: Person, bob: Person) -> None:
    post = ada.writes("Well?", poll=ASKED)
    vote(bob, post, 1)
    path = f"/api/v1/posts/{post['id']}"

    for change in (ASKED, None):
        refused = ada.patch(path, {"poll": change})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown_field")
    edited = ada.patch(path, {"text": ""})

    assert (edited.status_code, edited.json()["text"], edited.json()["poll"]) == (200, "", post["poll"])
    assert tally(read(bob, post)) == ([0, 1, 0], 1)


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_words_of_a_plain_post_may_not_go(text: str, ada: Person) -> None:
    post = ada.writes("Hello")

    response = ada.patch(f"/api/v1/posts/{post['id']}", {"text": text})

    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["text"])
    assert read(ada, post) == post


def test_deleted_post_takes_its_votes_along(ada: Person, bob: Person) -> None:
    post = ada.writes(poll=ASKED)
    vote(bob, post, 1)

    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204

    assert (Vote.objects.count(), PollCount.objects.count()) == (0, 0)


def test_erased_person_is_counted_no_longer(ada: Person, bob: Person, cat: Person, jobs: JobRunner) -> None:
    posts = [ada.writes(poll={**ASKED, "multiple": True}) for _ in range(3)]
    for post in posts:
        vote(bob, post, 0, 1)
        vote(cat, post, 1, 2)

    erase(bob.id, version=2)
    jobs.run()

    assert [tally(read(cat, post)) for post in posts] == [([0, 1, 1], 1)] * 3
    assert set(Vote.objects.values_list("profile_id", flat=True)) == {cat.id}


@pytest.mark.parametrize("count", [1, 20])
def test_pages_of_polls_are_one_query(count: int, ada: Person, bob: Person, django_assert_num_queries: Any) -> None:
    for _ in range(count):
        vote(bob, ada.writes(poll=ASKED), 1)

    with django_assert_num_queries(1):
        page = bob.get("/api/v1/timelines/public?limit=100").json()["results"]

    assert [tally(entry["post"]) for entry in page] == [([0, 1, 0], 1)] * count


@pytest.mark.django_db(transaction=True)
def test_fifty_votes_at_once_are_counted_exactly(person: Callable[..., Person], ada: Person) -> None:
    post = ada.writes(poll={**ASKED, "multiple": True})
    people = [person(f"person_{n}") for n in range(50)]

    statuses = at_once(lambda n: vote(people[n], post, *{n % 3, n % 2}).status_code, len(people))

    assert statuses == [200] * 50
    chosen = [{n % 3, n % 2} for n in range(50)]
    assert tally(read(people[0], post)) == ([sum(option in one for one in chosen) for option in range(3)], 50)


@pytest.mark.django_db(transaction=True)
def test_of_different_votes_of_one_person_at_once_one_counts(ada: Person, bob: Person) -> None:
    post = ada.writes(poll=ASKED)

    statuses = at_once(lambda n: vote(bob, post, n % 3).status_code, 12)

    assert sorted(statuses) == [200] * 4 + [409] * 8
    votes, voters = tally(read(bob, post))
    assert (sorted(votes), voters) == ([0, 0, 1], 1)


@pytest.fixture
def told() -> Iterator[list[PollClosed]]:
    """The polls that are said to be closed."""
    heard: list[PollClosed] = []
    registry.wire({**SUBSCRIBERS, "poll.closed": [heard.append]})
    yield heard
    registry.wire(SUBSCRIBERS)


def test_end_of_a_poll_is_told_when_it_comes(ada: Person, jobs: JobRunner, told: list[PollClosed]) -> None:
    post, plain = ada.writes(poll=ASKED), ada.writes("plain")

    queued = ProcrastinateJob.objects.get(task_name="posts.close_poll")
    assert timestamp(queued.scheduled_at) == post["poll"]["expires_at"]
    assert queued.args == {"post_id": int(post["id"])}
    jobs.run()
    assert told == []

    due()
    jobs.run()
    assert told == [PollClosed(post_id=int(post["id"]), author_id=ada.id)]
    assert jobs.queued() == []
    assert plain["poll"] is None


def test_end_of_a_poll_that_is_gone_is_told_to_nobody(ada: Person, jobs: JobRunner, told: list[PollClosed]) -> None:
    post = ada.writes(poll=ASKED)
    ada.delete(f"/api/v1/posts/{post['id']}")

    due()
    jobs.run()

    assert (told, jobs.queued()) == ([], [])


def test_refused_poll_leaves_no_job(ada: Person, jobs: JobRunner) -> None:
    response = ada.post("/api/v1/posts", {"poll": ASKED, "in_reply_to": "1"})

    assert (response.status_code, jobs.queued()) == (400, [])


def vote(who: Visitor, post: dict[str, Any], *choices: int) -> Any:
    return who.put(f"/api/v1/posts/{post['id']}/vote", {"choices": list(choices)})


def read(who: Visitor, post: dict[str, Any]) -> dict[str, Any]:
    return dict(who.get(f"/api/v1/posts/{post['id']}").json())


def tally(post: dict[str, Any]) -> tuple[list[int | None], int | None]:
    return [option["votes"] for option in post["poll"]["options"]], post["poll"]["voters"]


def over(post: dict[str, Any]) -> None:
    """Let the poll have ended."""
    stored = Post.objects.get(id=post["id"])
    stored.poll["expires_at"] = ENDED
    stored.save()


def due() -> None:
    """Let the time of all scheduled jobs have come."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at IS NOT NULL")


def poll(
    post: dict[str, Any], ends_at: str, *, multiple: bool, votes: list[int] | None = None, voters: int | None = None
) -> dict[str, Any]:
    return {
        "id": post["id"],
        "options": [
            {"title": title, "votes": votes[place] if votes else None} for place, title in enumerate(ASKED["options"])
        ],
        "multiple": multiple,
        "expires_at": ends_at,
        "closed": False,
        "voters": voters,
        "viewer": {"choices": []},
    }
