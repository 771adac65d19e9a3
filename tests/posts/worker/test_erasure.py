"""The purge of an erased person: nothing is left but a keyed hash, Auth is told once, and each step may fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.jobs import Job

from posts_project.moderation.models import Appeal, AuditEntry, Decision, Report
from posts_project.moderation.services.audit import subject_of
from posts_project.posts.models import Post
from posts_project.profiles import tombstones
from posts_project.profiles.models import ErasedPerson, Profile
from posts_project.profiles.services import apply
from posts_project.revocations.models import TokensEnded
from posts_project.staff.models import StaffUser
from posts_project.worker import erasure, personal_data
from posts_project.worker.personal_data import AT_LAST, PERSONAL, Held
from posts_project.worker.tasks import ForTwoDays
from shared.events import TokensRevoked, UserErased, UserUpdated
from shared.remote_errors import RemoteUnavailable
from tests.contracts.contract import faults
from tests.posts.conftest import JobRunner
from tests.posts.events.test_inbox import deliver, event
from tests.posts.fakes import FakeAuthClient
from tests.posts.lists.test_lists import makes
from tests.posts.moderation.deciding import decided, taken_back
from tests.posts.people import Person

SAGA = ["worker.purge_profile", "worker.tell_erased"]


def lives_a_life(ada: Person, bob: Person, cat: Person) -> None:
    """What leaves rows of Ada in every table in which there can be some."""
    post = bob.writes("Hello @ada and @cat")
    mine = ada.writes("#Hello @bob", in_reply_to=post["id"])
    ada.patch(f"/api/v1/posts/{mine['id']}", {"text": "#Hello again, @bob"})
    poll = bob.writes("Which?", poll={"options": ["a", "b"], "expires_in": 3600})
    assert ada.put(f"/api/v1/posts/{poll['id']}/vote", {"choices": [0]}).status_code == 200
    for mark in ("like", "repost", "bookmark", "mute"):
        ada.put(f"/api/v1/posts/{post['id']}/{mark}", headers={"Idempotency-Key": mark})
    for one, other in ((ada, bob), (bob, ada)):
        one.follows(other)
        one.put(f"/api/v1/profiles/{other.username}/mute")
        one.put(f"/api/v1/lists/{makes(one)}/members/{other.username}")
        one.post("/api/v1/filters", {"phrase": "x"})
    ada.home()
    ada.put("/api/v1/profiles/cat/block")
    ada.post("/api/v1/drafts", {"text": "never said"})
    at = (timezone.now() + timedelta(hours=1)).isoformat()
    ada.post("/api/v1/posts", {"text": "later", "scheduled_at": at})
    for number in (1, 2):
        deliver(event(UserUpdated(user=ada.user), ada.id, number))
    for body in ({"post_id": post["id"]}, {"username": "bob"}):
        assert ada.post("/api/v1/reports", {**body, "reason": "spam", "comment": "Mine, @ada"}).status_code == 201
    bob.post("/api/v1/reports", {"post_id": mine["id"], "reason": "spam", "comment": "Of @ada"})
    decided(bob, "warn", text="Leave @ada alone")
    ada.post("/api/v1/appeals", {"decision_id": str(decided(ada, "hide_post", mine).id), "text": "Why?"})
    taken_back(decided(ada, "limit"))
    sam = StaffUser.objects.create(username="sam")
    LogEntry.objects.create(user=sam, object_id=str(ada.id), object_repr="@ada", action_flag=CHANGE)


def tables_with(text: str) -> set[str]:
    """Where `text` stands in any column of any row, as a word of its own."""
    with connection.cursor() as cursor:
        cursor.execute(_looks_everywhere(), {"word": rf"\m{text}\M"})
        return {table for (table,) in cursor.fetchall()}


@cache
def _looks_everywhere() -> str:
    return " UNION ALL ".join(
        f"""SELECT '{table}' WHERE EXISTS (SELECT FROM "{table}" t WHERE t::text ~ %(word)s)"""
        for table in connection.introspection.table_names()
    )


@contextmanager
def undone() -> Iterator[None]:
    """Afterwards nothing of it has happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def leaves(ada: Person) -> None:
    deliver(event(UserErased(user_id=ada.id), ada.id, 3))


def test_nothing_is_left_of_an_erased_person(
    ada: Person, bob: Person, cat: Person, jobs: JobRunner, auth: FakeAuthClient
) -> None:
    lives_a_life(ada, bob, cat)
    before = tables_with(str(ada.id))
    assert before >= {
        "block", "draft", "django_admin_log", "feed_list", "filter", "follow", "idempotent_answer", "list_member",
        "decision", "mark", "mention", "moderation_case", "mute", "post", "profile", "report", "profile_count",
        "timeline", "timeline_owner", "vote",
    }  # fmt: skip
    assert tables_with("ada") >= {"profile", "post", "django_admin_log"}

    leaves(ada)
    assert jobs.run() == SAGA

    # Revoked tokens must be known while they live.
    assert tables_with(str(ada.id)) == {"tokens_ended"}
    assert tables_with("ada") == set()
    assert Post.objects.get(text="Hello @••• and @cat").mentions[0]["username"] == "cat"
    assert [mention["id"] for mention in Post.objects.get(text="Hello @••• and @cat").mentions] == [str(cat.id)]
    assert {"post", "filter", "feed_list", "profile", "moderation_case"} <= tables_with(str(bob.id))
    assert {(report.reporter_id, report.comment) for report in Report.objects.all()} == {(None, "")}
    assert (Appeal.objects.count(), Decision.objects.get().text) == (0, "Leave @••• alone")
    assert AuditEntry.objects.filter(subject=subject_of(ada.id)).count() == 4


def test_auth_is_told_as_agreed(ada: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    leaves(ada)
    jobs.run()

    [told] = auth.told
    assert faults("event.erasure.completed", told.to_json()) == []
    assert (told.type, told.data) == ("erasure.completed", {"user_id": str(ada.id)})
    assert str(ada.id) not in told.id


def test_a_purge_that_runs_again_changes_and_tells_nothing(ada: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    leaves(ada)
    jobs.run()

    erasure.purge_profile(ada.id, username="ada", now=timezone.now())

    assert jobs.run() == []
    assert (len(auth.told), ErasedPerson.objects.count()) == (1, 1)


@pytest.mark.slow
def test_a_purge_may_fail_anywhere_and_be_repeated(
    ada: Person, bob: Person, cat: Person, jobs: JobRunner, auth: FakeAuthClient, monkeypatch: Any
) -> None:
    lives_a_life(ada, bob, cat)
    leaves(ada)
    for lines, models in (("PERSONAL", PERSONAL), ("AT_LAST", AT_LAST)):
        for model in models:
            with undone(), monkeypatch.context() as patch:
                patch.setattr(erasure, lines, {**models, model: Held(erase=_fails_after(models[model]))})
                with pytest.raises(ConnectionError):
                    erasure.purge_profile(ada.id, username="ada", now=timezone.now())
                assert Profile.objects.filter(id=ada.id).exists(), model

                patch.undo()
                assert jobs.run() == SAGA, model
                assert (tables_with(str(ada.id)), len(auth.told)) == ({"tokens_ended"}, 1), model
            auth.told.clear()


def _fails_after(line: Any) -> Callable[[int], bool]:
    def broken(profile_id: int) -> bool:
        if isinstance(line, Held):
            line.erase(profile_id)
        raise ConnectionError

    return broken


def test_auth_may_be_away_at_the_end(ada: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    leaves(ada)
    erasure.purge_profile(ada.id, username="ada", now=timezone.now())
    auth.down = True
    with pytest.raises(RemoteUnavailable):
        erasure.tell_auth(ada.id, at=timezone.now())

    auth.down = False
    jobs.run()
    erasure.tell_auth(ada.id, at=timezone.now())

    assert len({told.id for told in auth.told}) == 1


def test_an_event_that_auth_rejects_is_sent_again(ada: Person, auth: FakeAuthClient) -> None:
    auth.verdict = "rejected"

    with pytest.raises(erasure.NotTaken):
        erasure.tell_auth(ada.id, at=timezone.now())


def test_it_is_tried_for_two_days_with_growing_pauses() -> None:
    def pause(attempts: int) -> Any:
        job = Job(
            id=1, status="doing", queue="default", priority=0, lock=None, queueing_lock=None, task_name="t",
            attempts=attempts, worker_id=None,
        )  # fmt: skip
        decision = ForTwoDays().get_retry_decision(exception=ConnectionError(), job=job)
        return decision and (decision.retry_at - timezone.now()).total_seconds()

    pauses = [round(pause(attempts)) for attempts in range(200)]

    assert pauses[:4] == [1, 2, 4, 8]
    assert (max(pauses), pause(200)) == (900, None)
    assert 47 * 3600 < sum(pauses) < 49 * 3600


def test_a_live_token_of_an_erased_person_revives_nobody(
    ada: Person, bob: Person, jobs: JobRunner, auth: FakeAuthClient
) -> None:
    """Before the revocation of it is known here, and whether or not Auth can be asked."""
    leaves(ada)
    jobs.run()
    for auth.down in (True, False):
        answers = [
            ada.post("/api/v1/posts", {"text": "back"}),
            ada.put("/api/v1/profiles/bob/follow"),
            ada.post("/api/v1/filters", {"phrase": "x"}),
        ]
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "account_inactive")}

    assert not Profile.objects.filter(id=ada.id).exists()


def test_their_tokens_end_with_the_erasure(ada: Person, jobs: JobRunner, revocations: Any) -> None:
    leaves(ada)
    jobs.run()
    revocations.refresh()

    assert TokensEnded.objects.get().user_id == ada.id
    assert (ada.get("/api/v1/timelines/home").status_code, ada.post("/api/v1/posts").status_code) == (401, 401)


def test_late_events_revive_nobody(ada: Person, jobs: JobRunner) -> None:
    leaves(ada)
    jobs.run()

    ended = TokensRevoked(user_id=ada.id, valid_after=timezone.now())
    assert deliver(event(UserUpdated(user=ada.user), ada.id, 9), event(ended, ada.id, 4)) == ["stale", "applied"]

    assert tables_with(str(ada.id)) == {"tokens_ended"}
    assert not apply.apply_state(ada.user, version=10)


def test_a_tombstone_stands_for_one_person(ada: Person, bob: Person, jobs: JobRunner) -> None:
    leaves(ada)
    jobs.run()

    assert tombstones.stands_for(ada.id)
    assert not tombstones.stands_for(bob.id)
    assert str(ada.id) not in ErasedPerson.objects.get().pk


def test_jobs_about_them_are_withdrawn_and_those_of_others_are_not(
    ada: Person, bob: Person, jobs: JobRunner, person: Callable[..., Person]
) -> None:
    from posts_project.events.registry import defer

    for someone in (ada, bob):
        defer("profiles.refresh", profile_id=someone.id)
    leaves(ada)
    erasure.purge_profile(ada.id, username="ada", now=timezone.now())

    assert sorted(jobs.queued()) == ["profiles.refresh", *SAGA]


def test_former_staff_stay_without_a_name(ada: Person, jobs: JobRunner) -> None:
    StaffUser.objects.create(id=ada.id, username="ada", email="ada@example.com")
    leaves(ada)
    jobs.run()

    shadow = StaffUser.objects.get(id=ada.id)
    assert (shadow.email, shadow.is_active, "ada" in shadow.username) == ("", False, False)


def test_every_model_has_a_line() -> None:
    assert set(apps.get_models()) == set(PERSONAL) | set(AT_LAST)
    assert not set(PERSONAL) & set(AT_LAST)
    assert all(line.because for line in personal_data.PERSONAL.values() if not isinstance(line, Held))
