"""What happens to an account stands in the audit: by whom, from where, and how it ended; and no secret."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import erasure, suspension
from auth_project.accounts.services.suspension import lift_expired
from auth_project.audit import trail
from auth_project.audit.chain import seal
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry
from auth_project.audit.verify import verify
from auth_project.events.models import OutboxEvent
from auth_project.oauth import clients
from auth_project.tokens.models import Session
from auth_project.worker.exports import make_due
from tests.auth.conftest import Api, PostsService, SignedIn, access_claims, sign_in
from tests.auth.fakes import PASSWORD, FakePosts, make_user
from tests.auth.letters import delivered, only_token
from tests.auth.passkeys.authenticator import Authenticator
from tests.auth.passkeys.conftest import begin, enrol, log_in
from tests.auth.worker.test_inbox import completed, deliver, leave
from tests.auth.worker.test_moderation import suspended as suspended_by_posts

NEW = "seven quiet otters paint"
LOGIN = "/api/v1/auth/login"


@pytest.fixture
def ada(ada: SignedIn) -> SignedIn:
    """Of whose sign-in nothing stands in the audit."""
    AuditEntry.objects.all().delete()
    return ada


@pytest.fixture
def administrator() -> Client:
    client = Client(headers={"User-Agent": "browser of staff"}, REMOTE_ADDR="192.0.2.7")
    client.force_login(make_user("al", is_staff=True, is_superuser=True))
    return client


def told(user: User | None = None) -> list[tuple[str, str, dict[str, str]]]:
    rows = AuditEntry.objects.filter(user_id=user.pk) if user else AuditEntry.objects.all()
    return [(row.event, row.by, row.detail) for row in rows.order_by("pk")]


def events(user: User | None = None) -> list[str]:
    return [event for event, _, _ in told(user)]


def test_a_registration_and_its_first_session():
    body = {"username": "bob", "email": "bob@example.com", "password": PASSWORD}

    Api(address="192.0.2.1").post("/api/v1/auth/register", body, **{"User-Agent": "phone"})

    session = Session.objects.get()
    assert told(User.objects.get()) == [
        ("account.registered", "user", {}),
        ("login.succeeded", "user", {"method": "registration", "session_id": session.pk}),
    ]
    assert set(AuditEntry.objects.values_list("ip", "user_agent")) == {("192.0.2.1", "phone")}


@pytest.mark.asvs("16.3.1")
def test_sign_ins_and_refused_ones(ada):
    api = Api(address="192.0.2.1")
    api.post(LOGIN, {"login": "ada", "password": "not the password"})
    api.post(LOGIN, {"login": "ada@example.com", "password": PASSWORD})
    api.post(LOGIN, {"login": "nobody", "password": "not the password"})

    rows = told()
    assert rows[0] == ("login.failed", "unknown", {"reason": "password"})
    assert rows[1][:2] == ("login.succeeded", "user")
    assert rows[1][2]["method"] == "password"
    assert [row.user_id for row in AuditEntry.objects.order_by("pk")] == [ada.user.pk, ada.user.pk, None]
    assert set(AuditEntry.objects.values_list("ip", flat=True)) == {"192.0.2.1"}


@pytest.mark.asvs("16.3.3")
def test_guessing_is_told_once_in_a_window_not_for_each_guess(ada, settings):
    settings.RATE_LIMIT_SCALE = 1
    for _ in range(14):
        Api().post(LOGIN, {"login": "ada", "password": "not the password"})

    assert events(ada.user) == ["login.failed"] * 10 + ["login.throttled"]
    assert told(ada.user)[-1][2] == {"limit": "password"}


@pytest.mark.asvs("16.3.3")
def test_a_refresh_token_that_comes_back(ada):
    second = ada.api.post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).json()["refresh"]
    ada.api.post("/api/v1/auth/refresh", {"refresh": second})

    answer = ada.api.post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh})

    assert answer.json()["code"] == "token_reused"
    session = Session.objects.get().pk
    assert told() == [("token.reused", "unknown", {"session_id": session, "reason": "token_reused"})]


def test_ends_of_sessions(ada):
    other = sign_in(ada.user)
    third = access_claims(sign_in(ada.user))["sid"]
    AuditEntry.objects.all().delete()

    ada.api.delete(f"/api/v1/auth/sessions/{third}")
    other.api.post("/api/v1/auth/logout")
    call_command("end_sessions", "ada")

    assert told(ada.user) == [
        ("session.ended", "user", {"session_id": third, "reason": "by_user"}),
        ("logout", "user", {"session_id": access_claims(other)["sid"], "reason": "logout"}),
        ("sessions.ended", "operator", {}),
    ]


def test_a_change_of_password_and_one_with_the_wrong_one(ada):
    path = "/api/v1/auth/password/change"
    ada.api.post(path, {"current_password": "not the password", "new_password": NEW})
    ada.api.post(path, {"current_password": PASSWORD, "new_password": NEW}, **{"Idempotency-Key": "a"})
    ada.api.post(path, {"current_password": PASSWORD, "new_password": NEW}, **{"Idempotency-Key": "a"})

    assert told(ada.user) == [("password.refused", "unknown", {}), ("password.changed", "user", {})]


def test_a_reset_is_told_with_where_it_was_asked_for_and_once_however_often_the_mail_is_tried(ada, monkeypatch):
    Api(address="192.0.2.1").post("/api/v1/auth/password/reset", {"email": "ada@example.com"})
    Api().post("/api/v1/auth/password/reset", {"email": "nobody@example.com"})
    with monkeypatch.context() as broken:
        broken.setattr("auth_project.mail.post._message", lambda *_, **__: 1 / 0)
        delivered()
    letters = delivered(now=timezone.now() + timedelta(minutes=5))

    (asked,) = AuditEntry.objects.all()
    assert len(letters) == 1
    assert (asked.event, asked.user_id, asked.by, asked.ip) == (
        "password.reset_requested", ada.user.pk, "user", "192.0.2.1",
    )  # fmt: skip


def test_a_reset(ada):
    Api().post("/api/v1/auth/password/reset", {"email": "ada@example.com"})
    token = only_token()
    Api().post("/api/v1/auth/password/reset/confirm", {"token": token, "new_password": NEW})

    assert events(ada.user) == ["password.reset_requested", "password.reset", "sessions.ended"]


def test_changes_of_address_and_name(ada):
    ada.api.post("/api/v1/auth/email/resend")
    Api().post("/api/v1/auth/email/verify", {"token": only_token()})
    ada.api.post("/api/v1/auth/email/change", {"email": "new@example.com", "password": PASSWORD})
    (letter, _) = sorted(delivered(), key=lambda one: one.to[0], reverse=True)
    token = re.findall(r"\?token=([A-Za-z0-9_-]{43})\b", str(letter.body))[0]
    Api().post("/api/v1/auth/email/verify", {"token": token})
    ada.api.patch("/api/v1/users/me", {"username": "ada_new", "bio": "new"})

    assert events(ada.user) == ["email.verified", "email.change_requested", "email.changed", "username.changed"]


def test_one_time_codes_and_recovery_codes(ada):
    secret = ada.api.post("/api/v1/auth/mfa/totp", {"password": PASSWORD}).json()["secret"]
    ada.api.post("/api/v1/auth/mfa/totp/confirm", {"code": "000000"})
    codes = ada.api.post("/api/v1/auth/mfa/totp/confirm", {"code": pyotp.TOTP(secret).now()}).json()["recovery_codes"]
    credentials = {"login": "ada", "password": PASSWORD}
    Api().post(LOGIN, credentials)
    Api().post(LOGIN, {**credentials, "otp": "000000"})
    Api().post(LOGIN, {**credentials, "otp": codes[0]})
    renewed = ada.api.post("/api/v1/auth/mfa/recovery-codes", {"password": PASSWORD, "code": codes[1]})
    (fresh, *_) = renewed.json()["recovery_codes"]
    ada.api.delete("/api/v1/auth/mfa/totp", {"password": PASSWORD, "code": "000000"})
    ada.api.delete("/api/v1/auth/mfa/totp", {"password": PASSWORD, "code": fresh})

    session = Session.objects.order_by("-created_at").first()
    assert told(ada.user) == [
        ("code.refused", "unknown", {"reason": "code"}),
        ("totp.added", "user", {}),
        ("login.failed", "unknown", {"reason": "otp_required"}),
        ("login.failed", "unknown", {"reason": "code"}),
        ("recovery_code.used", "user", {}),
        ("login.succeeded", "user", {"method": "password", "session_id": session.pk if session else ""}),
        ("recovery_code.used", "user", {}),
        ("recovery_codes.renewed", "user", {}),
        ("code.refused", "unknown", {"reason": "code"}),
        ("recovery_code.used", "user", {}),
        ("totp.removed", "user", {}),
    ]


def test_passkeys(ada):
    owner = enrol(ada)
    credential = owner.authenticator.get(begin())
    log_in(credential)
    log_in(credential)
    ada.api.delete(owner.path)

    passkey = {"passkey_id": owner.passkey["id"]}
    assert [row for row in told(ada.user) if row[0] != "login.succeeded"] == [
        ("passkey.added", "user", passkey),
        ("passkey.used", "user", passkey),
        ("login.failed", "unknown", {"reason": "passkey"}),
        ("passkey.removed", "user", passkey),
    ]
    assert [detail["method"] for event, _, detail in told(ada.user) if event == "login.succeeded"] == ["passkey"]


def test_a_passkey_of_which_there_are_two(ada):
    owner = enrol(ada, Authenticator(counter=5))
    log_in(owner.authenticator.get(begin()))
    owner.authenticator.counter = 0

    log_in(owner.authenticator.get(begin()))

    assert ("passkey.copied", "unknown", {"passkey_id": owner.passkey["id"]}) in told(ada.user)


def test_leaving_for_a_while_and_coming_back(ada):
    ada.api.post("/api/v1/users/me/deactivate", {"password": PASSWORD})
    Api().post(LOGIN, {"login": "ada", "password": PASSWORD})

    assert events(ada.user) == ["account.deactivated", "sessions.ended", "account.reactivated", "login.succeeded"]


def test_an_export(ada, posts: FakePosts, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("auth_project.worker.exports.posts_client", lambda: posts)
    where = ada.api.post("/api/v1/users/me/export")["Location"]
    ada.api.post("/api/v1/users/me/export")
    ada.api.get(where)
    make_due(now=timezone.now())
    assert ada.api.get(where).getvalue()

    assert events(ada.user) == ["export.requested", "export.downloaded"]


def test_an_erasure_leaves_rows_without_names_and_a_whole_chain(ada):
    bob = sign_in(make_user("bob"))
    Api().post(LOGIN, {"login": "ada", "password": "not the password"})
    seal(now=timezone.now())
    with_ada = str(list(connection.database["audit_entries"].find()))

    leave(ada)
    trail.note(Event.LOGIN_FAILED, user_id=ada.user.pk)  # began before, and came to an end afterwards
    deliver(completed(ada.user.pk))
    seal(now=timezone.now())

    left = str(list(connection.database["audit_entries"].find()))
    assert str(ada.user.pk) in with_ada
    assert str(ada.user.pk) not in left
    assert events(bob.user) == ["login.succeeded"]
    assert events()[-4:] == ["sessions.ended", "erasure.requested", "login.failed", "erasure.completed"]
    verdict = verify()
    assert (verdict.rows, verdict.erased, verdict.fault) == (6, 4, None)


def test_who_had_more_rows_than_one_transaction_takes_is_forgotten_by_the_worker(ada, monkeypatch):
    monkeypatch.setattr(trail, "MOST_FORGOTTEN", 2)
    for _ in range(5):
        trail.note(Event.LOGIN_FAILED, user_id=ada.user.pk)
    leave(ada)
    assert AuditEntry.objects.filter(user_id=ada.user.pk).count() == 5

    assert erasure.forget_the_rest(now=timezone.now()) == 5

    assert AuditEntry.objects.filter(user_id=ada.user.pk).count() == 0
    seal(now=timezone.now())
    assert verify().fault is None


@pytest.mark.asvs("16.3.3")
def test_what_staff_do_in_the_admin_site(administrator, ada):
    page, confirmed = f"/admin/accounts/user/{ada.user.pk}", {"confirmed": "yes"}
    session = Session.objects.get().pk
    administrator.post(f"/admin/tokens/session/{session}/end/", confirmed)
    administrator.post(f"{page}/change/", {"display_name": "Ada", "bio": "", "is_private": "on"})
    administrator.post(f"{page}/require_second_factor/", confirmed)
    administrator.post(f"{page}/end_sessions/", confirmed)
    administrator.post(f"{page}/send_reset/", confirmed)
    delivered()
    administrator.post(f"{page}/suspend/", confirmed | {"reason": "a secret of staff", "until": ""})
    administrator.post(f"{page}/reinstate/", confirmed)

    assert told(ada.user) == [
        ("session.ended", "staff", {"session_id": session, "reason": "staff"}),
        ("account.corrected", "staff", {"fields": "display_name is_private"}),
        ("mfa.required", "staff", {}),
        ("sessions.ended", "staff", {}),
        ("password.reset_requested", "staff", {}),
        ("account.suspended", "staff", {"until": ""}),
        ("sessions.ended", "staff", {}),
        ("account.reinstated", "staff", {}),
    ]
    al = User.objects.get(username="al").pk
    assert set(AuditEntry.objects.values_list("by_id", "ip", "user_agent")) == {
        (str(al), "192.0.2.7", "browser of staff")
    }


def test_dead_letters_that_are_sent_again(administrator):
    event = OutboxEvent.objects.create(type="user.erased", user_id=7, sequence=1, data={}, status="dead")
    administrator.post(f"/admin/events/outboxevent/{event.pk}/retry/", {"confirmed": "yes"})
    administrator.post(f"/admin/events/outboxevent/{event.pk}/retry/", {"confirmed": "yes"})
    OutboxEvent.objects.update(status="dead")
    call_command("outbox", "retry", "--all")
    OutboxEvent.objects.update(status="delivered")
    call_command("outbox", "replay", "--since", "2026-01-01T00:00:00Z")

    assert told() == [
        ("events.retried", "staff", {"events": "1"}),
        ("events.retried", "operator", {"events": "1"}),
        ("events.replayed", "operator", {"events": "1"}),
    ]


def test_commands_are_an_operators(ada, monkeypatch):
    call_command("suspend_user", "ada", "--reason", "spam", "--until", "2126-12-31")
    call_command("reinstate_user", "ada")
    call_command("create_staff", "ada", "--promote", "--superuser")
    call_command("service_client", "add", "Photo printer")
    client = AuditEntry.objects.get(event="service_client.added").detail["client_id"]
    call_command("service_client", "revoke", client)

    assert told() == [
        ("account.suspended", "operator", {"until": "2126-12-31T00:00:00.000Z"}),
        ("sessions.ended", "operator", {}),
        ("account.reinstated", "operator", {}),
        ("role.granted", "operator", {"roles": "staff admin"}),
        ("sessions.ended", "operator", {}),
        ("service_client.added", "operator", {"client_id": client, "name": "Photo printer"}),
        ("service_client.revoked", "operator", {"client_id": client}),
    ]


def test_a_suspension_that_ends_by_itself_and_one_by_moderators(ada):
    now = timezone.now()
    suspension.suspend(user_id=ada.user.pk, reason="x", until=now + timedelta(seconds=1), by=None, now=now)
    lift_expired(now=now + timedelta(seconds=2))
    deliver(suspended_by_posts(ada.user))

    assert [(event, by) for event, by, _ in told(ada.user) if event != "sessions.ended"] == [
        ("account.suspended", "system"),
        ("account.reinstated", "system"),
        ("account.suspended", "service"),
    ]
    assert AuditEntry.objects.filter(by="service").first().by_id == "posts"


def test_a_service_that_ends_a_session(ada):
    client, secret = clients.add(name="printer", now=timezone.now())

    form = urlencode({"token": ada.tokens.refresh, "client_id": client.pk, "client_secret": secret})
    assert Api().send("POST", "/oauth/revoke", form, "application/x-www-form-urlencoded").status_code == 200

    row = AuditEntry.objects.get(user_id=ada.user.pk)
    assert (row.event, row.by, row.by_id) == ("session.ended", "service", client.pk)


@pytest.mark.asvs("16.3.1", "16.3.2")
def test_staff_sign_in_and_are_refused_on_both_sites():
    sam, ada = make_user("sam", is_staff=True), make_user("ada")
    form = {"username": "sam", "password": "not the password"}
    asked = {"login": "sam", "password": PASSWORD, "address": "192.0.2.1"}

    Client().post("/admin/login/", form)
    Client().post("/admin/login/", {**form, "password": PASSWORD})
    PostsService().post("/internal/v1/credentials/check", asked)
    PostsService().post("/internal/v1/credentials/check", {**asked, "password": "not the password"})
    Client().post("/admin/login/", {"username": "ada", "password": PASSWORD})
    PostsService().post("/internal/v1/credentials/check", {**asked, "login": "ada"})

    auth, posts = {"site": "auth admin"}, {"site": "posts admin"}
    assert told(sam) == [
        ("login.failed", "unknown", {"reason": "password", **auth}),
        ("login.succeeded", "user", {"method": "password", **auth}),
        ("login.succeeded", "user", {"method": "password", **posts}),
        ("login.failed", "unknown", {"reason": "password", **posts}),
    ]
    assert told(ada) == [
        ("login.failed", "unknown", {"reason": "not_staff", **auth}),
        ("login.failed", "unknown", {"reason": "not_staff", **posts}),
    ]
    assert [row.ip for row in AuditEntry.objects.filter(user_id=sam.pk).order_by("pk")] == [
        "127.0.0.1", "127.0.0.1", "192.0.2.1", "192.0.2.1",
    ]  # fmt: skip


def test_staff_without_the_second_factor_that_they_need(settings):
    settings.REQUIRE_STAFF_MFA = True
    sam = make_user("sam", is_staff=True)

    Client().post("/admin/login/", {"username": "sam", "password": PASSWORD})

    assert told(sam) == [("login.failed", "unknown", {"reason": "mfa_missing", "site": "auth admin"})]


@pytest.mark.asvs("16.5.3")
def test_without_its_row_nothing_happens(ada, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no audit")

    places: dict[str, Callable[[], Any]] = {
        "auth_project.tokens.services.record": lambda: Api().post(LOGIN, {"login": "ada", "password": PASSWORD}),
        "auth_project.accounts.services.passwords.record": lambda: ada.api.post(
            "/api/v1/auth/password/change", {"current_password": PASSWORD, "new_password": NEW}
        ),
    }
    for place, call in places.items():
        with monkeypatch.context() as patched:
            patched.setattr(place, broken)
            assert call().status_code == 500

    assert Session.objects.count() == 1
    assert ada.user.password == User.objects.get().password


@pytest.mark.asvs("16.1.1")
def test_docs_list_every_event():
    page = (Path(__file__).parents[3] / "docs/audit.md").read_text()
    page = page.partition("## What is written down")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)) == set(Event.values)
