"""What each decision does, and what is left of it when it is taken back; one decides, also of two at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from posts_project import sql
from posts_project.moderation.models import AuditEntry, Case, Decision, Kind, Reversal
from posts_project.moderation.services import cases, decisions
from posts_project.moderation.services.audit import subject_of
from posts_project.moderation.services.decisions import AlreadyInForce, CaseClosed, DoesNotFit
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.revocations.live import RevocationList
from posts_project.staff.models import StaffUser
from posts_project.worker import standing, subscriptions
from posts_project.worker.subscriptions import SUBSCRIBERS
from shared.events import UserUpdated
from shared.problems import NotFound, PermissionDenied
from shared.remote_errors import RemoteUnavailable
from tests.contracts.contract import faults
from tests.posts.conftest import JobRunner
from tests.posts.events.test_inbox import deliver, event
from tests.posts.fakes import FakeAuthClient
from tests.posts.moderation.deciding import case_about, decided, moderator, taken_back
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

DAY = timedelta(days=1)


def counts(who: Person) -> int:
    return int(who.get("/api/v1/profiles/bob").json()["counts"]["posts"])


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was published of decisions."""
    found: list[Any] = []
    for name in ("decision.made", "decision.reversed", "appeal.rejected"):
        monkeypatch.setitem(SUBSCRIBERS, name, [found.append])
    assert subscriptions.SUBSCRIBERS is SUBSCRIBERS
    return found


def test_a_hidden_post_is_gone_for_all_but_its_author(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    parent = ada.writes("What do you think?")
    post = bob.writes("#tag @cat", in_reply_to=parent["id"], quote_of=parent["id"])
    quoting = cat.writes("Look", quote_of=post["id"])
    cat.put(f"/api/v1/posts/{post['id']}/repost")
    ada.follows(bob)
    before = [everything(who, parent, quoting) for who in (ada, cat, anyone)]

    decision = decided(bob, "hide_post", post)

    for viewer in (ada, cat, anyone):
        assert viewer.get(f"/api/v1/posts/{post['id']}").status_code == 404
        assert post["id"] not in str(everything(viewer, parent, quoting))
    shown = ada.get(f"/api/v1/posts/{parent['id']}").json()
    assert (shown["counts"]["replies"], shown["counts"]["quotes"], counts(ada)) == (0, 0, 0)
    assert cat.get(f"/api/v1/posts/{quoting['id']}").json()["quote_of"] == {"id": post["id"], "unavailable": True}
    assert bob.get(f"/api/v1/posts/{post['id']}").json()["text"] == "#tag @cat"
    assert bob.get("/api/v1/decisions").json()["results"][0]["post_id"] == post["id"]

    assert taken_back(decision)

    assert [everything(who, parent, quoting) for who in (ada, cat, anyone)] == before
    assert counts(ada) == 1


def everything(viewer: Visitor, parent: Any, quoting: Any) -> dict[str, Any]:
    paths = [
        "timelines/public", "timelines/tags/tag", "timelines/profiles/bob", "timelines/profiles/cat",
        f"posts/{parent['id']}/replies", f"posts/{parent['id']}/quotes", f"posts/{parent['id']}/thread",
        f"posts/{parent['id']}", "profiles/bob",
    ]  # fmt: skip
    found = {path: viewer.get(f"/api/v1/{path}").json() for path in paths}
    if isinstance(viewer, Person):
        found["home"] = [one for one in viewer.home() if one != quoting["id"]]
    # It names what it quotes in any case.
    return {name: drop(value, quoting["id"]) for name, value in found.items()}


def drop(value: Any, post_id: str) -> Any:
    if isinstance(value, dict) and "results" in value:
        return [one for one in value["results"] if one.get("post", one)["id"] != post_id]
    return value


def test_a_hidden_post_counts_once_whatever_its_author_does(ada: Person, bob: Person) -> None:
    parent = ada.writes("Parent")
    post = bob.writes("Reply", in_reply_to=parent["id"])
    decision = decided(bob, "hide_post", post)

    def replies() -> int:
        return int(ada.get(f"/api/v1/posts/{parent['id']}").json()["counts"]["replies"])

    for visibility in ("followers", "public", "unlisted"):
        assert bob.patch(f"/api/v1/posts/{post['id']}", {"visibility": visibility}).status_code == 200
        assert (replies(), ada.get(f"/api/v1/posts/{post['id']}").status_code) == (0, 404)
    taken_back(decision)
    assert (replies(), counts(ada)) == (1, 1)

    decided(bob, "hide_post", post)
    assert bob.delete(f"/api/v1/posts/{post['id']}").status_code == 204
    assert (replies(), counts(ada)) == (0, 0)


def test_a_decision_about_a_post_that_went_is_taken_back_without_harm(ada: Person, bob: Person) -> None:
    post = bob.writes("Gone soon")
    decision = decided(bob, "hide_post", post)
    bob.delete(f"/api/v1/posts/{post['id']}")

    assert taken_back(decision)

    assert not Post.objects.exists()
    with pytest.raises(AlreadyInForce):
        decisions.decide(
            case_id=reopened(decision).id, kind="hide_post", reason="spam", text="x", staff=None, now=timezone.now()
        )


def reopened(decision: Decision) -> Case:
    Case.objects.filter(id=decision.case_id).update(closed_at=None)
    return decision.case


def test_a_limited_profile_is_off_the_surfaces_of_strangers(ada: Person, bob: Person, anyone: Visitor) -> None:
    post = bob.writes("Hello #tag")
    ada.follows(bob)

    decision = decided(bob, "limit")

    for viewer in (ada, bob, anyone):
        for path in ("timelines/public", "timelines/tags/tag"):
            assert viewer.get(f"/api/v1/{path}").json()["results"] == [], path
    assert ada.home() == [post["id"]]
    assert anyone.get(f"/api/v1/posts/{post['id']}").status_code == 200
    assert len(anyone.get("/api/v1/timelines/profiles/bob").json()["results"]) == 1

    taken_back(decision)

    for path in ("timelines/public", "timelines/tags/tag"):
        assert len(anyone.get(f"/api/v1/{path}").json()["results"]) == 1, path


def test_a_warning_only_tells(ada: Person, bob: Person, facts: list[Any]) -> None:
    post = bob.writes("Hm")

    decision = decided(bob, "warn", post, reason="abuse", text="Be kind.")

    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 200
    assert bob.get("/api/v1/decisions").json()["results"] == [
        {
            "id": str(decision.id),
            "kind": "warn",
            "reason": "abuse",
            "text": "Be kind.",
            "post_id": post["id"],
            "until": None,
            "created_at": bob.get("/api/v1/decisions").json()["results"][0]["created_at"],
            "reversed_at": None,
            "reversed_by": None,
            "appeal": None,
        }
    ]
    [fact] = facts
    assert vars(fact) == {"profile_id": bob.id, "decision_id": decision.id, "post_id": int(post["id"])}


def test_a_suspension_holds_here_at_once_and_auth_is_told(
    ada: Person, bob: Person, jobs: JobRunner, auth: FakeAuthClient, revocations: RevocationList
) -> None:
    post = bob.writes("Hello")
    until = (timezone.now() + DAY).replace(microsecond=0)

    decision = decided(bob, "suspend", text="Advertising", until=until)

    assert ada.get("/api/v1/profiles/bob").status_code == 404
    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 404
    assert bob.post("/api/v1/posts", {"text": "x"}).json()["code"] == "account_inactive"
    revocations.refresh()
    assert bob.get("/api/v1/decisions").json()["code"] == "token_revoked"
    jobs.run()
    [told] = auth.told
    assert faults("event.profile.suspended", told.to_json()) == []
    assert (told.subject, told.sequence) == (str(bob.id), 1)
    assert told.data["reason"] == "Advertising"
    assert str(bob.id) not in told.id

    taken_back(decision)

    assert ada.get("/api/v1/profiles/bob").status_code == 200
    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 200
    jobs.run()
    assert faults("event.profile.reinstated", auth.told[1].to_json()) == []
    assert (auth.told[1].type, auth.told[1].sequence) == ("profile.reinstated", 2)


def test_what_auth_says_meanwhile_changes_nothing_and_counts_afterwards(bob: Person, ada: Person) -> None:
    decision = decided(bob, "suspend")

    for state in ("active", "suspended", "active", "deactivated"):
        bob.becomes(state=state)
        profile = Profile.objects.get(id=bob.id)
        assert (profile.state, profile.state_at_auth) == ("suspended", state)
        assert ada.get("/api/v1/profiles/bob").status_code == 404

    taken_back(decision)

    profile = Profile.objects.get(id=bob.id)
    assert (profile.state, profile.told_state) == ("deactivated", None)
    bob.becomes(state="active")
    assert ada.get("/api/v1/profiles/bob").status_code == 200


def test_reinstatement_here_does_not_lift_what_auth_suspended(bob: Person, ada: Person) -> None:
    """Nor does Auth: tests/auth/worker/test_moderation.py."""
    bob.becomes(state="suspended")
    decision = decided(bob, "suspend")

    taken_back(decision)

    assert Profile.objects.get(id=bob.id).state == "suspended"
    assert ada.get("/api/v1/profiles/bob").status_code == 404


def test_auth_is_told_later_and_only_the_last_word(bob: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    auth.down = True
    decision = decided(bob, "suspend")
    with pytest.raises(RemoteUnavailable):
        jobs.run()
    taken_back(decision)

    auth.down = False
    jobs.run()
    standing.tell_auth(bob.id)

    assert [(one.type, one.sequence) for one in auth.told] == [("profile.reinstated", 2)] * 2
    assert len({one.id for one in auth.told}) == 1


def test_words_about_one_person_are_numbered(bob: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    for _ in range(2):
        decision = decided(bob, "suspend")
        jobs.run()
        taken_back(decision)
        jobs.run()

    assert [(one.type.split(".")[1], one.sequence) for one in auth.told] == [
        ("suspended", 1), ("reinstated", 2), ("suspended", 3), ("reinstated", 4),
    ]  # fmt: skip


def test_a_word_that_auth_rejects_is_sent_again(bob: Person, auth: FakeAuthClient) -> None:
    decided(bob, "suspend")
    auth.verdict = "rejected"

    with pytest.raises(standing.NotTaken):
        standing.tell_auth(bob.id)


def test_a_suspension_ends_by_itself_at_its_time(ada: Person, bob: Person, jobs: JobRunner) -> None:
    now = timezone.now()
    decided(bob, "suspend", until=now + DAY)

    assert decisions.lift_ended(now=now + DAY - timedelta(seconds=1)) == 0
    assert decisions.lift_ended(now=now + DAY) == 1
    assert decisions.lift_ended(now=now + DAY) == 0

    assert ada.get("/api/v1/profiles/bob").status_code == 200
    assert bob.get("/api/v1/decisions").json()["results"][0]["reversed_by"] == "end"


@pytest.mark.parametrize("kind", ["hide_post", "limit", "suspend", "warn"])
def test_a_reversal_is_made_once_and_overwrites_nothing(kind: str, bob: Person, facts: list[Any]) -> None:
    post = bob.writes("Hello")
    decision = decided(bob, kind, post)
    before = Decision.objects.filter(id=decision.id).values().get()

    assert [taken_back(decision), taken_back(decision)] == [True, False]

    assert Decision.objects.filter(id=decision.id).values().get() == before
    assert Reversal.objects.count() == 1
    assert [fact.type for fact in facts] == ["decision.made", "decision.reversed"]


@pytest.mark.parametrize("kind", ["hide_post", "limit", "suspend"])
def test_what_is_so_already_is_not_decided_again(kind: str, bob: Person) -> None:
    post = bob.writes("Hello")
    decided(bob, kind, post)

    with pytest.raises(AlreadyInForce):
        decided(bob, kind, post)

    assert Decision.objects.count() == 1
    assert AuditEntry.objects.filter(action="decision.made").count() == 1


def test_a_case_is_decided_once(bob: Person) -> None:
    case = case_about(bob)
    values = {"case_id": case.id, "reason": "spam", "text": "x", "staff": moderator(), "now": timezone.now()}
    decisions.decide(kind="warn", **values)

    with pytest.raises(CaseClosed):
        decisions.decide(kind="dismiss", **values)


@pytest.mark.django_db(transaction=True)
def test_of_many_moderators_at_once_one_decides_and_the_others_are_told(person: Any) -> None:
    bob = person("bob")
    case = case_about(bob)
    kinds = ["suspend", "limit", "warn", "dismiss"] * 3

    def decide(number: int) -> int:
        try:
            decisions.decide(
                case_id=case.id, kind=kinds[number], reason="spam", text="x", staff=moderator(), now=timezone.now()
            )
        except CaseClosed:
            return 409
        return 201

    assert sorted(at_once(decide, 12)) == [201] + [409] * 11

    decision, profile = Decision.objects.get(), Profile.objects.get(id=bob.id)
    assert (profile.told_state is not None, profile.is_limited) == (
        decision.kind == "suspend",
        decision.kind == "limit",
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_reversals_at_once_one_is_made(person: Any) -> None:
    bob = person("bob")
    post = bob.writes("Hello")
    decision = decided(bob, "hide_post", post)

    assert sum(at_once(lambda _: int(taken_back(decision)), 8)) == 1

    assert counts(bob) == 1


@pytest.mark.django_db(transaction=True)
def test_hiding_deleting_and_liking_at_once_ends_well(person: Any) -> None:
    ada, bob = person("ada"), person("bob")
    parent = ada.writes("Parent")
    posts = [bob.writes("Reply", in_reply_to=parent["id"]) for _ in range(4)]
    waiting = [case_about(bob, post) for post in posts]

    def work(number: int) -> int:
        post, case = posts[number % 4], waiting[number % 4]
        try:
            if number < 4:
                decisions.decide(
                    case_id=case.id, kind="hide_post", reason="spam", text="x", staff=None, now=timezone.now()
                )
                return 200
            if number < 8:
                return int(bob.delete(f"/api/v1/posts/{post['id']}").status_code)
            return int(ada.put(f"/api/v1/posts/{post['id']}/like").status_code)
        except AlreadyInForce:
            return 409

    statuses = at_once(work, 12)

    assert statuses[4:8] == [204] * 4
    assert set(statuses[:4]) <= {200, 409}
    assert set(statuses[8:]) <= {200, 404}
    assert ada.get(f"/api/v1/posts/{parent['id']}").json()["counts"]["replies"] == 0
    assert counts(ada) == 0


def test_an_undone_slip_is_in_the_queue_again(ada: Person, bob: Person) -> None:
    ada.post("/api/v1/reports", {"username": "bob", "reason": "spam"})
    decision = decided(bob, "dismiss")

    taken_back(decision, reopen=True)

    assert Case.objects.get().closed_at is None
    again = decided(bob, "warn")
    assert (again.case_id, Decision.objects.count()) == (decision.case_id, 2)


def test_a_case_is_not_opened_beside_another(bob: Person) -> None:
    first = decided(bob, "dismiss")
    second = case_about(bob)

    assert taken_back(first, reopen=True)

    assert Case.objects.get(closed_at=None) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=first.case_id).update(closed_at=None)


@pytest.mark.parametrize(
    ("kind", "until"), [("hide_post", None), ("warn", DAY), ("limit", DAY), ("suspend", -DAY), ("dismiss", DAY)]
)
def test_what_does_not_fit_a_case_is_refused(kind: str, until: timedelta | None, bob: Person) -> None:
    with pytest.raises(DoesNotFit):
        decided(bob, kind, until=timezone.now() + until if until else None)

    assert not Decision.objects.exists()


def test_staff_are_not_suspended_here_and_nobody_decides_about_themselves(bob: Person, ada: Person) -> None:
    StaffUser.objects.create(id=bob.id, username="bob@auth", is_staff=True)
    me = StaffUser.objects.create(id=ada.id, username="ada@auth", is_staff=True)

    with pytest.raises(PermissionDenied):
        decided(bob, "suspend")
    with pytest.raises(PermissionDenied):
        decisions.decide(
            case_id=case_about(ada).id, kind="dismiss", reason="spam", text="x", staff=me, now=timezone.now()
        )
    warned = decided(bob, "warn")
    Decision.objects.filter(id=warned.id).update(case=case_about(ada))
    with pytest.raises(PermissionDenied):
        decisions.reverse(decision_id=warned.id, cause="staff", staff=me, now=timezone.now())


def test_what_is_not_there_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        decisions.decide(case_id=5, kind="warn", reason="spam", text="x", staff=None, now=timezone.now())
    with pytest.raises(NotFound):
        decisions.reverse(decision_id=5, cause="staff", staff=None, now=timezone.now())


def test_nothing_is_half_done(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(fact: Any) -> None:
        raise ConnectionError

    monkeypatch.setitem(SUBSCRIBERS, "decision.made", [broken])
    case = case_about(bob)
    with pytest.raises(ConnectionError):
        decisions.decide(
            case_id=case.id, kind="suspend", reason="spam", text="x", staff=moderator(), now=timezone.now()
        )

    case.refresh_from_db()
    assert (case.closed_at, Profile.objects.get(id=bob.id).state, Decision.objects.count()) == (None, "active", 0)
    assert not AuditEntry.objects.filter(action="decision.made").exists()


def test_each_step_has_its_line_in_the_audit(bob: Person) -> None:
    decision = decided(bob, "suspend")
    taken_back(decision)

    entries = AuditEntry.objects.order_by("id")
    assert [(entry.action, entry.details) for entry in entries] == [
        ("case.opened", {}),
        ("decision.made", {"kind": "suspend", "reason": "spam"}),
        ("decision.reversed", {"cause": "staff"}),
    ]
    assert {entry.staff_id for entry in entries} == {moderator().id}
    assert {entry.subject for entry in entries} == {subject_of(bob.id)}
    assert str(bob.id) not in str(list(entries.values("subject", "details")))


@pytest.mark.parametrize(
    "change", [lambda: AuditEntry.objects.update(action="x"), lambda: AuditEntry.objects.all().delete()]
)
def test_the_audit_is_only_added_to(change: Callable[[], Any], bob: Person) -> None:
    decided(bob, "warn")
    before = list(AuditEntry.objects.order_by("id").values())

    with pytest.raises((IntegrityError, InternalError), match="refused: rows are only added"), transaction.atomic():
        change()

    assert list(AuditEntry.objects.order_by("id").values()) == before


def test_the_audit_is_never_emptied_either(bob: Person) -> None:
    decided(bob, "warn")
    before = list(AuditEntry.objects.order_by("id").values())
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE", {})

    with pytest.raises((IntegrityError, InternalError), match="TRUNCATE of audit_entry"), transaction.atomic():
        sql.execute("TRUNCATE audit_entry", {})

    assert list(AuditEntry.objects.order_by("id").values()) == before


def test_decisions_are_paged_and_ones_own(ada: Person, bob: Person, django_assert_num_queries: Any) -> None:
    ids = [str(decided(bob, "warn").id) for _ in range(5)]
    decided(ada, "warn")

    with django_assert_num_queries(1):
        page = bob.get("/api/v1/decisions?limit=2").json()
    found = [one["id"] for one in page["results"]]
    while page["next"]:
        page = bob.get(page["next"]).json()
        found += [one["id"] for one in page["results"]]

    assert found == ids[::-1]
    assert ada.get(f"/api/v1/decisions/{ids[0]}").status_code == 404
    assert bob.get(f"/api/v1/decisions/{ids[0]}").json()["id"] == ids[0]
    assert bob.get("/api/v1/decisions?cursor=x").json()["code"] == "validation_error"


def test_an_erased_person_cannot_be_suspended_into_being(bob: Person) -> None:
    case = case_about(bob)
    deliver(event(UserUpdated(user=bob.user), bob.id, 2))
    Profile.objects.filter(id=bob.id).update(state="erased")

    with pytest.raises(AlreadyInForce):
        decisions.decide(case_id=case.id, kind=Kind.SUSPEND, reason="spam", text="x", staff=None, now=timezone.now())
    assert cases.opened(profile_id=bob.id, post=None) == (case.id, False)
    assert connection.in_atomic_block
