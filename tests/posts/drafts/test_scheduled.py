"""Scheduled posts: taken, moved, called off; out at their time, once, or kept with the reason why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from posts_project.drafts.models import ScheduledPost
from posts_project.drafts.services import scheduled, sending
from posts_project.events.registry import defer
from posts_project.feeds.models import TimelineEntry
from posts_project.posts.models import Mention, Post, PostCount
from posts_project.profiles.services.apply import apply_state, erase
from shared.wire import timestamp
from tests.posts.conftest import JobRunner
from tests.posts.drafts.conftest import NOTHING, WHOLE, at_once, field_codes
from tests.posts.people import Person, Visitor

SOON = timedelta(seconds=60)
LATER = timedelta(days=30)


def test_scheduled_post_is_taken_and_nobody_sees_it(ada: Person, bob: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    at = timezone.now() + LATER

    response = ada.post("/api/v1/posts", {**WHOLE, "scheduled_at": timestamp(at)})

    body = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/api/v1/scheduled/{body['id']}")
    assert body == {"id": body["id"], "scheduled_at": timestamp(at), "post": {**NOTHING, **WHOLE}}
    assert ada.get("/api/v1/scheduled").json() == {"results": [body], "next": None, "previous": None}
    assert ada.get(response.headers["Location"]).json() == body
    assert bob.home() == []
    assert not Post.objects.exists()
    assert anyone.get("/api/v1/profiles/ada").json()["counts"]["posts"] == 0


def test_rehearsal_leaves_no_trace(ada: Person, bob: Person, jobs: JobRunner) -> None:
    bob.follows(ada)
    bob.home()
    jobs.run()
    parent = bob.writes("Hello")
    before = (TimelineEntry.objects.count(), PostCount.objects.count())

    poll = {"options": ["Yes", "No"], "multiple": False, "expires_in": 300}
    plan(ada, LATER, text="Hi @bob", in_reply_to=parent["id"], quote_of=parent["id"], poll=poll)

    assert (TimelineEntry.objects.count(), PostCount.objects.count()) == before
    assert not Mention.objects.exists()
    assert jobs.queued() == []
    assert ada.get(f"/api/v1/posts/{parent['id']}").json() == parent


def test_post_goes_out_at_its_time(ada: Person, bob: Person, jobs: JobRunner) -> None:
    bob.follows(ada)
    parent, quoted = bob.writes("Hello"), bob.writes("Look")
    sent = {**WHOLE, "in_reply_to": parent["id"], "quote_of": quoted["id"]}
    row = plan(ada, SOON, **sent)

    assert jobs.run() == []
    assert jobs.run(by=moment(row)) == ["drafts.send"]

    post = ada.get(f"/api/v1/posts/{Post.objects.get(author_id=ada.id).id}").json()
    directly = ada.writes(**sent)
    # The quoted post has one quote more by now.
    same = {name: post[name] for name in ("id", "created_at", "quote_of")}
    assert post == {**directly, **same}
    assert post["quote_of"]["id"] == quoted["id"]
    assert bob.home() == [directly["id"], post["id"], quoted["id"], parent["id"]]
    assert ada.get("/api/v1/scheduled").json()["results"] == []
    assert ada.get(f"/api/v1/scheduled/{row['id']}").status_code == 404


def test_time_may_be_told_in_any_offset(ada: Person) -> None:
    at = (timezone.now() + LATER).astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)

    row = ada.post("/api/v1/posts", {"text": "Hello", "scheduled_at": f"{at:%Y-%m-%d}T14:00:00+02:00"}).json()

    assert row["scheduled_at"] == timestamp(at)


def test_null_is_now(ada: Person) -> None:
    assert ada.writes("Hello", scheduled_at=None)["text"] == "Hello"
    assert not ScheduledPost.objects.exists()


@pytest.mark.parametrize(
    ("from_now", "code"),
    [
        (timedelta(days=-1), "too_early"),
        (timedelta(0), "too_early"),
        (timedelta(seconds=0.9), "too_early"),
        (timedelta(days=365, minutes=1), "too_late"),
        (timedelta(days=10_000), "too_late"),
    ],
)
def test_time_that_is_past_or_too_far_is_refused(from_now: timedelta, code: str, ada: Person) -> None:
    row = plan(ada, LATER)
    at = timestamp(timezone.now() + from_now)

    assert field_codes(ada.post("/api/v1/posts", {"text": "Hi", "scheduled_at": at})) == {"scheduled_at": code}
    assert field_codes(ada.patch(path(row), {"scheduled_at": at})) == {"scheduled_at": code}
    assert ada.get("/api/v1/scheduled").json()["results"] == [row]


@pytest.mark.parametrize("from_now", [timedelta(seconds=2), timedelta(days=365) - timedelta(seconds=1)])
def test_time_within_a_second_and_a_year_is_taken(from_now: timedelta, ada: Person) -> None:
    assert plan(ada, from_now)


@pytest.mark.parametrize(
    "value", ["", "tomorrow", "2027-01-01", "2027-01-01T09:00:00", "9999-12-31T23:59:59-23:59", 5, True, [], {}, "\x00"]
)
def test_what_is_no_time_is_refused(value: Any, ada: Person) -> None:
    row = plan(ada, LATER)

    for answer in (
        ada.post("/api/v1/posts", {"text": "Hi", "scheduled_at": value}),
        ada.patch(path(row), {"scheduled_at": value}),
    ):
        assert (answer.status_code, list(field_codes(answer))) == (400, ["scheduled_at"])
    assert not Post.objects.exists()


def test_scheduled_post_can_be_moved_not_made_timeless(ada: Person) -> None:
    assert field_codes(ada.patch(path(plan(ada, LATER)), {"scheduled_at": None})) == {"scheduled_at": "null"}


@pytest.mark.parametrize("field", ["id", "post", "failure", "author_id", "created_at", "updated_at"])
def test_what_is_not_known_or_not_ours_to_set_is_refused(field: str, ada: Person) -> None:
    row = plan(ada, LATER)
    at = timestamp(timezone.now() + LATER)

    answer = ada.post("/api/v1/posts", {"text": "Hi", "scheduled_at": at, field: {}})
    assert field_codes(answer) == {field: "unknown_field"}
    assert field_codes(ada.patch(path(row), {field: {}})) == {field: "unknown_field"}
    assert ada.get("/api/v1/scheduled").json()["results"] == [row]


def test_all_faults_are_told_at_once(ada: Person) -> None:
    answer = ada.post("/api/v1/posts", {"text": "", "visibility": "x", "scheduled_at": "soon", "likes": 5})

    assert set(field_codes(answer)) == {"text", "visibility", "scheduled_at", "likes"}


def test_what_could_not_be_published_now_is_not_taken_either(ada: Person, bob: Person) -> None:
    hidden, closed = ada.writes("x", visibility="followers"), ada.writes("x", reply_policy="nobody")
    at = timestamp(timezone.now() + LATER)

    unseen = bob.post("/api/v1/posts", {"text": "Hi", "in_reply_to": hidden["id"], "scheduled_at": at})
    unquotable = bob.post("/api/v1/posts", {"text": "Hi", "quote_of": hidden["id"], "scheduled_at": at})
    unwanted = bob.post("/api/v1/posts", {"text": "Hi", "in_reply_to": closed["id"], "scheduled_at": at})

    assert field_codes(unseen) == {"in_reply_to": "not_found"}
    assert field_codes(unquotable) == {"quote_of": "not_found"}
    assert (unwanted.status_code, unwanted.json()["code"]) == (403, "reply_forbidden")
    assert not ScheduledPost.objects.exists()


def test_change_names_what_it_changes_and_is_judged_like_a_new_one(ada: Person, bob: Person, jobs: JobRunner) -> None:
    row = plan(ada, SOON, **WHOLE)

    changed = ada.patch(path(row), {"text": "Changed", "language": None}).json()

    assert changed == {**row, "post": {**row["post"], "text": "Changed", "language": None}}
    assert field_codes(ada.patch(path(row), {"text": None})) == {"text": "required"}
    gone = ada.patch(path(row), {"in_reply_to": "1"})
    assert field_codes(gone) == {"in_reply_to": "not_found"}
    assert ada.get(path(row)).json() == changed
    jobs.run(by=moment(row))
    assert [post.text for post in Post.objects.all()] == ["Changed"]


def test_moved_post_goes_out_at_its_new_time_alone(ada: Person, jobs: JobRunner) -> None:
    row = plan(ada, SOON)
    later, sooner = moment(row) + SOON, moment(row) - SOON / 2

    ada.patch(path(row), {"scheduled_at": timestamp(later)})
    jobs.run(by=moment(row))
    assert not Post.objects.exists()
    moved = ada.patch(path(row), {"scheduled_at": timestamp(sooner)}).json()
    assert moved == {**row, "scheduled_at": timestamp(sooner)}
    jobs.run(by=moment(moved))
    assert Post.objects.count() == 1
    assert jobs.run(by=later) == ["drafts.send"]
    assert Post.objects.count() == 1


def test_post_that_was_called_off_stays_away(ada: Person, jobs: JobRunner) -> None:
    row = plan(ada, SOON)

    assert ada.delete(path(row)).status_code == 204
    assert ada.delete(path(row)).status_code == 404
    jobs.run(by=moment(row))

    assert not Post.objects.exists()


def test_job_of_a_far_post_is_queued_when_its_time_is_near(ada: Person, jobs: JobRunner) -> None:
    row = plan(ada, LATER)
    assert jobs.queued() == []

    assert sending.sweep(now=moment(row) - timedelta(minutes=3)) == 0
    assert [sending.sweep(now=moment(row) - timedelta(minutes=minutes)) for minutes in (2, 1)] == [1, 1]

    assert jobs.run(by=moment(row) - timedelta(seconds=1)) == []
    assert jobs.run(by=moment(row)) == ["drafts.send", "drafts.send"]
    assert Post.objects.count() == 1


def test_post_whose_job_was_lost_goes_out_with_the_next_sweep(ada: Person, jobs: JobRunner) -> None:
    row = plan(ada, SOON)
    ProcrastinateJob.objects.all()._raw_delete(using="default")

    ScheduledPost.objects.update(scheduled_at=moment(row) - SOON)

    app.tasks["drafts.sweep"](timestamp=0)
    assert jobs.run() == ["drafts.send"]

    assert Post.objects.count() == 1
    app.tasks["drafts.sweep"](timestamp=0)
    assert jobs.queued() == []


def test_jobs_with_a_time_go_before_those_that_wait(ada: Person, jobs: JobRunner) -> None:
    defer("feeds.rebuild", owner_id=ada.id)
    row = plan(ada, SOON)

    assert jobs.run(by=moment(row)) == ["drafts.send", "feeds.rebuild"]


@pytest.mark.django_db(transaction=True)
def test_eight_jobs_send_one_post(ada: Person) -> None:
    row = ScheduledPost.objects.get(id=plan(ada, LATER)["id"])

    def send() -> int:
        sending.send(scheduled_id=row.id, at=row.scheduled_at)
        return Post.objects.count()

    assert at_once(8, send) == [1] * 8


def test_sender_that_dies_has_sent_nothing(ada: Person, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    row = plan(ada, SOON)

    def die(self: ScheduledPost) -> None:
        raise OperationalError("the server is gone")

    with monkeypatch.context() as patched:
        patched.setattr(ScheduledPost, "delete", die)
        with pytest.raises(OperationalError):
            jobs.run(by=moment(row))
    assert not Post.objects.exists()
    assert ada.get(path(row)).json() == row

    sending.sweep(now=moment(row))
    jobs.run(by=moment(row))
    assert Post.objects.count() == 1


@pytest.mark.parametrize("state", ["suspended", "deactivated"])
def test_whoever_is_away_at_the_time_sends_nothing_and_can_send_it_after(
    state: str, ada: Person, jobs: JobRunner
) -> None:
    row = plan(ada, SOON)
    set_state(ada, state, version=2)

    jobs.run(by=moment(row))
    assert sending.sweep(now=moment(row) + SOON) == 0
    assert not Post.objects.exists()

    set_state(ada, "active", version=3)
    failure = {"code": "account_inactive", "detail": "This account is not active", "errors": []}
    assert ada.get("/api/v1/scheduled").json()["results"] == [{**row, "failure": failure}]
    assert field_codes(ada.patch(path(row), {"text": "Back"})) == {"scheduled_at": "required"}
    again = ada.patch(path(row), {"scheduled_at": timestamp(moment(row) + SOON)}).json()
    assert again == {**row, "scheduled_at": again["scheduled_at"]}
    jobs.run(by=moment(again))
    assert Post.objects.count() == 1


def test_reply_to_what_is_gone_stays_with_the_reason(ada: Person, bob: Person, jobs: JobRunner) -> None:
    parent = ada.writes("Hello")
    row = plan(bob, SOON, in_reply_to=parent["id"])
    ada.delete(f"/api/v1/posts/{parent['id']}")

    jobs.run(by=moment(row))

    failure = {
        "code": "validation_error",
        "detail": "The request has invalid fields",
        "errors": [{"field": "in_reply_to", "code": "not_found", "detail": "There is no such post."}],
    }
    assert bob.get(path(row)).json() == {**row, "failure": failure}
    soon = timestamp(timezone.now() + SOON)
    assert field_codes(bob.patch(path(row), {"scheduled_at": soon})) == {"in_reply_to": "not_found"}
    mended = bob.patch(path(row), {"scheduled_at": soon, "in_reply_to": None}).json()
    assert mended == {**row, "scheduled_at": soon, "post": {**row["post"], "in_reply_to": None}}
    jobs.run(by=moment(mended))
    assert [post.in_reply_to_id for post in Post.objects.filter(author_id=bob.id)] == [None]


def test_reply_that_is_not_wanted_any_more_stays_with_the_reason(ada: Person, bob: Person, jobs: JobRunner) -> None:
    parent = ada.writes("Hello")
    row = plan(bob, SOON, in_reply_to=parent["id"])
    ada.patch(f"/api/v1/posts/{parent['id']}", {"reply_policy": "nobody"})

    jobs.run(by=moment(row))

    assert bob.get(path(row)).json()["failure"]["code"] == "reply_forbidden"
    assert bob.delete(path(row)).status_code == 204


def test_audience_that_was_not_named_is_the_one_of_the_time(person: Callable[..., Person], jobs: JobRunner) -> None:
    ada = person("ada")
    row = plan(ada, SOON)
    apply_state(replace(ada.user, is_private=True), version=2)

    jobs.run(by=moment(row))

    assert Post.objects.get().visibility == "followers"


def test_scheduled_posts_are_nobody_elses(ada: Person, bob: Person, anyone: Visitor) -> None:
    row = plan(ada, LATER)

    def statuses(who: Visitor) -> list[int]:
        answers = [who.get(path(row)), who.patch(path(row), {"text": "x"}), who.delete(path(row))]
        return [answer.status_code for answer in answers]

    assert statuses(bob) == [404] * 3
    assert statuses(anyone) == [401] * 3
    assert bob.get("/api/v1/scheduled").json()["results"] == []
    assert anyone.get("/api/v1/scheduled").status_code == 401
    at = timestamp(timezone.now() + LATER)
    assert anyone.post("/api/v1/posts", {"text": "x", "scheduled_at": at}).status_code == 401
    assert ada.get(path(row)).json() == row


@pytest.mark.parametrize("scheduled_id", ["1", "0", "-1", "x", str(2**63), "1.0"])
def test_scheduled_post_that_cannot_be_is_404(scheduled_id: str, ada: Person) -> None:
    address = f"/api/v1/scheduled/{scheduled_id}"
    answers = [ada.get(address), ada.patch(address, {}), ada.delete(address)]

    assert [answer.status_code for answer in answers] == [404] * 3


def test_writing_with_a_stale_etag_changes_nothing(ada: Person) -> None:
    row = plan(ada, LATER)
    etag = ada.get(path(row)).headers["ETag"]

    edited = ada.patch(path(row), {"text": "two"}, headers={"If-Match": etag})
    stale = [
        ada.patch(path(row), {"text": "three"}, headers={"If-Match": etag}),
        ada.delete(path(row), headers={"If-Match": etag}),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in stale} == {(412, "precondition_failed")}
    assert ada.get(path(row)).json() == edited.json()
    assert ada.get(path(row), headers={"If-None-Match": edited.headers["ETag"]}).status_code == 304
    assert ada.delete(path(row), headers={"If-Match": edited.headers["ETag"]}).status_code == 204


def test_scheduling_again_with_its_key_schedules_one(ada: Person) -> None:
    body = {"text": "Hello", "scheduled_at": timestamp(timezone.now() + LATER)}

    first, second = (ada.post("/api/v1/posts", body, headers={"Idempotency-Key": "one"}) for _ in range(2))

    assert (first.status_code, second.status_code, second.content) == (202, 202, first.content)
    assert (second["Location"], second["Idempotency-Replayed"]) == (first["Location"], "true")
    assert ScheduledPost.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_are_enough_also_in_parallel(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "MAX_SCHEDULED", 3)
    body = {"text": "Hello", "scheduled_at": timestamp(timezone.now() + LATER)}

    statuses = at_once(8, lambda: ada.post("/api/v1/posts", body).status_code)

    assert sorted(statuses) == [202] * 3 + [409] * 5
    assert ada.post("/api/v1/posts", body).json()["code"] == "too_many_scheduled_posts"


def test_list_is_newest_first_in_pages(ada: Person, django_assert_num_queries: Any) -> None:
    rows = [plan(ada, LATER - timedelta(days=n)) for n in range(3)]

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/scheduled?limit=2").json()

    assert first["results"] == [rows[2], rows[1]]
    assert ada.get(first["next"]).json()["results"] == [rows[0]]


def test_erased_person_leaves_none(ada: Person, bob: Person, jobs: JobRunner) -> None:
    row = plan(ada, SOON)
    plan(bob, SOON)

    erase(ada.id, version=2)
    jobs.run()
    jobs.run(by=moment(row) + SOON)

    assert list(Post.objects.values_list("author_id", flat=True)) == [bob.id]
    assert not ScheduledPost.objects.exists()


def plan(who: Person, from_now: timedelta, **fields: Any) -> dict[str, Any]:
    """Schedule a post; the answer's body."""
    body = {"text": "Hello", **fields, "scheduled_at": timestamp(timezone.now() + from_now)}
    response = who.post("/api/v1/posts", body)
    assert response.status_code == 202, response.content
    assert response.json()["post"] == {**NOTHING, "text": "Hello", **fields}
    return response.json()


def moment(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["scheduled_at"])


def path(row: dict[str, Any]) -> str:
    return f"/api/v1/scheduled/{row['id']}"


def set_state(who: Person, state: str, *, version: int) -> None:
    assert apply_state(replace(who.user, state=state), version=version)
