"""Posts from files: each once, in its place in time, with nobody told of it; and files that mean no good."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from posts_project.imports import services
from posts_project.imports.models import ImportedPost
from posts_project.posts.models import Mention, Post
from posts_project.profiles.models import Profile
from posts_project.worker import reconcile
from posts_project.worker.erasure import purge_profile
from shared.snowflakes import created_at
from shared.wire import timestamp
from tests.posts.conftest import JobRunner
from tests.posts.contents import contents
from tests.posts.fakes import FakeAuthClient
from tests.posts.feeds.test_home import downward, oracle
from tests.posts.parallel import at_once
from tests.posts.people import Person
from tests.posts.worker.test_reconcile import run as reconciled

A_MINUTE = timedelta(minutes=1)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., tuple[str, str, int]]:
    """What importing those lines prints, complains of, and its exit status."""

    def run(lines: Any, *options: str, name: str = "posts.jsonl", who: str = "ada") -> tuple[str, str, int]:
        path, out, err = tmp_path / name, StringIO(), StringIO()
        if isinstance(lines, bytes):
            path.write_bytes(lines)
        elif name.endswith(".json"):
            path.write_text(json.dumps(lines))
        else:
            path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        try:
            call_command("import_posts", str(path), "--as", who, *options, stdout=out, stderr=err)
        except CommandError as error:
            return out.getvalue(), err.getvalue() + f"{error}\n", error.returncode
        return out.getvalue(), err.getvalue(), 0

    return run


def line(number: int, **changes: Any) -> dict[str, Any]:
    moment = datetime(2025, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC) + timedelta(minutes=number)
    return {"id": str(number), "created_at": timestamp(moment), "text": f"Post {number}", **changes}


def done(imported: int, present: int = 0) -> str:
    return f"{imported} posts imported, {present} were here before.\n"


def test_a_line_becomes_a_post_in_its_place(bring: Any, ada: Person) -> None:
    new = ada.writes("Of today")

    assert bring([
        line(1, text="Hello #World, @ada and https://example.org", visibility="unlisted", reply_policy="followers",
             sensitive=True, spoiler_text="a word", language="en"),
    ]) == (done(1), "", 0)  # fmt: skip

    entries = ada.get("/api/v1/timelines/profiles/ada").json()["results"]
    assert [entry["post"]["text"] for entry in entries] == ["Of today", "Hello #World, @ada and https://example.org"]
    post = entries[1]["post"]
    assert post == {
        **new,
        "id": post["id"],
        "text": "Hello #World, @ada and https://example.org",
        "visibility": "unlisted",
        "reply_policy": "followers",
        "tags": [{"name": "world", "start": 6, "end": 12}],
        "mentions": [],
        "links": [{"url": "https://example.org", "start": 23, "end": 42}],
        "sensitive": True,
        "spoiler_text": "a word",
        "language": "en",
        "created_at": "2025-01-02T03:05:05.678Z",
    }
    assert ada.get("/api/v1/profiles/ada").json()["counts"]["posts"] == 2


def test_what_is_not_said_is_as_in_a_post_of_today(bring: Any, person: Callable[..., Person]) -> None:
    person("ada", is_private=True)
    bring([{"created_at": "2025-01-02T03:04:05+01:00", "text": "Hello"}])

    post = Post.objects.get()
    assert (post.visibility, post.reply_policy, post.sensitive, post.language) == ("followers", "everyone", False, None)
    assert created_at(post.id) == datetime(2025, 1, 2, 2, 4, 5, tzinfo=UTC)


def test_the_same_file_again_makes_no_second_post(bring: Any, ada: Person, jobs: JobRunner) -> None:
    lines = [line(number) for number in range(230)] + [{"created_at": "2025-01-01T00:00:00Z", "text": "without an id"}]
    assert bring(lines) == (done(231), "", 0)
    jobs.run(by=timezone.now() + A_MINUTE)
    before = contents()

    assert bring(lines) == (done(0, 231), "", 0)
    assert contents() == before
    assert bring([*lines, line(230)]) == (done(1, 231), "", 0)
    assert Post.objects.count() == 232


def test_a_post_that_was_deleted_stays_away_and_one_that_was_edited_as_it_is(bring: Any, ada: Person) -> None:
    bring([line(1), line(2)])
    first, second = Post.objects.order_by("id")
    ada.delete(f"/api/v1/posts/{first.id}")
    ada.patch(f"/api/v1/posts/{second.id}", {"text": "Better"})

    assert bring([line(1), line(2)]) == (done(0, 2), "", 0)
    assert [post.text for post in Post.objects.all()] == ["Better"]


def test_two_people_can_import_the_same_file(bring: Any, ada: Person, bob: Person) -> None:
    bring([line(1)])

    assert bring([line(1)], who="bob") == (done(1), "", 0)


def test_what_breaks_off_goes_on_where_it_was(bring: Any, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    store, calls = services.store, iter(range(10))

    def failing(*arguments: Any, **options: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return store(*arguments, **options)

    monkeypatch.setattr(services, "store", failing)
    with pytest.raises(KeyboardInterrupt):
        bring([line(number) for number in range(7)])
    assert Post.objects.count() == 4

    assert bring([line(number) for number in range(7)]) == (done(3, 4), "", 0)


def test_answers_stand_in_their_thread_and_are_counted(bring: Any, ada: Person) -> None:
    bring([line(1), line(2, in_reply_to="1")])
    assert bring([
        line(3, in_reply_to="2"),
        # Said to be older than what it answers, which cannot be.
        line(0, in_reply_to="3", visibility="followers"),
    ]) == (done(2), "", 0)  # fmt: skip

    first, second, third, fourth = Post.objects.order_by("id")
    assert [post.text for post in (first, second, third, fourth)] == ["Post 1", "Post 2", "Post 3", "Post 0"]
    assert [post.in_reply_to_id for post in (first, second, third, fourth)] == [None, first.id, second.id, third.id]
    assert {post.thread_id for post in (second, third, fourth)} == {first.id}
    assert [one["id"] for one in ada.get(f"/api/v1/posts/{first.id}/thread").json()["descendants"]] == [
        str(post.id) for post in (second, third, fourth)
    ]
    assert [ada.get(f"/api/v1/posts/{post.id}").json()["counts"]["replies"] for post in (first, second, third)] == [
        1, 1, 0,
    ]  # fmt: skip


def test_names_in_old_posts_are_of_people_elsewhere(bring: Any, ada: Person, bob: Person) -> None:
    bring([line(1, text="For your eyes only, @bob", visibility="mentioned")])

    assert not Mention.objects.exists()
    assert bob.get(f"/api/v1/posts/{Post.objects.get().id}").status_code == 404


def test_nobody_is_told_and_auth_is_not_asked(bring: Any, ada: Person, auth: FakeAuthClient, jobs: JobRunner) -> None:
    auth.down = True
    bring([line(1, text="Hello @somebody_new")])

    assert jobs.queued() == ["feeds.fill_older"]
    assert auth.calls == []


@pytest.mark.parametrize("seed", range(2))
def test_timelines_are_as_if_the_posts_had_always_been_there(
    seed: int,
    bring: Any,
    person: Callable[..., Person],
    jobs: JobRunner,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TIMELINE_ENTRIES, settings.PULL_FOLLOWERS = 6, 3
    monkeypatch.setattr(reconcile, "SECOND_LOOK_SECONDS", 0)
    dice, people = random.Random(seed), [person(f"person_{number}") for number in range(6)]
    for someone in people:
        for other in dice.sample(people, 4):
            if other is not someone:
                someone.follows(other)
    for _ in range(10):
        dice.choice(people).writes("Of today")
    jobs.run()

    for someone in people[:3]:
        bring([line(dice.randrange(10_000), id=f"{number}") for number in range(8)], who=someone.username)
    jobs.run(by=timezone.now() + A_MINUTE)

    for someone in people:
        assert downward(someone) == oracle(someone)
    assert reconciled("--only", "timelines") == reconciled("--only", "counters") == ("There is no difference.\n", 0)


def test_followers_are_reached_page_by_page(
    bring: Any, ada: Person, person: Callable[..., Person], jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posts_project.feeds.services.older.PAGE", 2)
    fans = [person(f"fan_{number}") for number in range(5)]
    for fan in fans:
        fan.follows(ada)

    bring([line(1)])
    bring([line(2)])

    assert jobs.queued() == ["feeds.fill_older"]
    assert jobs.run(by=timezone.now() + A_MINUTE) == ["feeds.fill_older"] * 3
    assert {tuple(fan.home()) for fan in fans} == {tuple(ada.home())}
    assert len(ada.home()) == 2


def test_a_dry_run_says_the_same_and_changes_nothing(bring: Any, ada: Person) -> None:
    bring([line(1)])
    lines = [line(1), line(2), line(2), line(3, in_reply_to="2"), line(4, in_reply_to="x"), line(5, text="")]
    before = contents()

    said, complaints, status = bring(lines, "--dry-run")

    assert said == "2 posts would be imported, 2 were here before.\n"
    assert contents() == before
    assert bring(lines) == (said.replace("would be imported", "imported"), complaints, status)
    assert (complaints, status) == (
        "line 6: text: blank\nline 5: in_reply_to: not_found\n2 could not be imported.\n",
        1,
    )


BAD_LINES: dict[str, bytes] = {
    "Not valid JSON: Expecting value at character 0": b"no json",
    "The body must be a JSON object": b"[]",
    "The body is not UTF-8": b"\xff",
    "A JSON object may not repeat a key": b'{"text": "a", "text": "b"}',
    "JSON may nest at most 32 levels deep": b"[" * 100_000,
    "more than 1048576 bytes": b'{"text": "' + b"x" * 3_000_000 + b'"}',
    "created_at: required, text: required": b"{}",
    "created_at: invalid": json.dumps(line(1, created_at="yesterday")).encode(),
    "created_at: in_future": json.dumps(line(1, created_at="2126-01-01T00:00:00Z")).encode(),
    "created_at: before_2024": json.dumps(line(1, created_at="2023-12-31T23:59:59.999Z")).encode(),
    "text: max_length": json.dumps(line(1, text="x" * 5_001)).encode(),
    "text: forbidden_characters": json.dumps(line(1, text="\x00")).encode(),
    "visibility: invalid_choice": json.dumps(line(1, visibility="secret")).encode(),
    "id: invalid": json.dumps(line(1, id=5)).encode(),
    "in_reply_to: max_length": json.dumps(line(1, in_reply_to="x" * 501)).encode(),
    "in_reply_to: not_found": json.dumps(line(1, in_reply_to="1")).encode(),
    "language: invalid_language": json.dumps(line(1, language="?")).encode(),
    "\\x1b[2J: unknown_field": json.dumps(line(1, **{"\x1b[2J": 1})).encode(),
}


@pytest.mark.parametrize("reason", BAD_LINES)
def test_a_bad_line_is_named_with_a_reason_and_stops_no_other(reason: str, bring: Any, ada: Person) -> None:
    good = [json.dumps(line(number)).encode() for number in (7, 8)]

    answer = bring(b"\n".join([good[0], b"", BAD_LINES[reason], good[1]]))

    assert answer == (done(2), f"line 3: {reason}\n1 could not be imported.\n", 1)


def test_old_posts_are_put_on_the_first_day_in_their_order(bring: Any, ada: Person) -> None:
    years = [2016, 2023, 1999, 2020]
    lines = [line(year, created_at=f"{year}-05-06T07:08:09Z") for year in years]
    # A hundred and more of one moment.
    lines += [line(number, created_at="2018-01-01T00:00:00Z", text="Post 2018") for number in range(300)]
    lines += [line(1, id="older", created_at="1969-12-31T23:59:59Z")]

    assert bring(lines, "--old-posts", "first-day") == (
        done(304), "line 305: created_at: before_2024\n1 could not be imported.\n", 1,
    )  # fmt: skip

    posts = list(Post.objects.order_by("id"))
    assert [post.text for post in posts] == [
        "Post 1999", "Post 2016", *["Post 2018"] * 300, "Post 2020", "Post 2023",
    ]  # fmt: skip
    assert {post.created_at.date().isoformat() for post in posts} == {"2024-01-01"}
    # What is here is no fault, whatever is said of the others.
    assert bring(lines[:2]) == (done(0, 2), "", 0)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_at_once_makes_each_post_once(bring: Any, ada: Person, tmp_path: Path) -> None:
    bring([line(0)])
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f"{json.dumps(line(number))}\n" for number in range(300)))

    def again(_: int) -> int:
        call_command("import_posts", str(path), "--as", "ada", stdout=StringIO())
        return 1

    assert at_once(again, 3) == [1] * 3
    assert Post.objects.count() == ImportedPost.objects.count() == 300
    assert ada.get("/api/v1/profiles/ada").json()["counts"]["posts"] == 300


@pytest.mark.django_db(transaction=True)
def test_who_leaves_meanwhile_gets_no_more_posts(bring: Any, ada: Person) -> None:
    ada.becomes(state="suspended")
    assert bring([line(1)]) == ("", "There is nobody called 'ada' here.\n", 1)

    with pytest.raises(services.AuthorAway), transaction.atomic():
        services.store([], author_id=ada.id)
    assert connection.in_atomic_block is False


def test_an_erased_person_leaves_no_trace_of_a_file(bring: Any, ada: Person) -> None:
    bring([line(1)])
    Profile.objects.update(state="erased")

    purge_profile(ada.id, username="ada", now=timezone.now())

    assert not ImportedPost.objects.exists()
    assert not Post.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "\x00", ""])
def test_an_unknown_author_is_refused(who: str, bring: Any, ada: Person) -> None:
    assert bring([line(1)], who=who) == ("", f"There is nobody called {who!r} here.\n", 1)


def test_a_file_that_is_not_there_is_said(ada: Person, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_posts", str(tmp_path / "no.jsonl"), "--as", "ada")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_posts", str(tmp_path), "--as", "ada")


def test_help_has_examples_and_exit_codes(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        call_command("import_posts", "--help")

    help_text = capsys.readouterr().out
    assert "manage_posts.py import_posts" in help_text
    assert "Exit status:" in help_text
