"""Another password: with the old one or with a mail, and what ends with it."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.utils import timezone

from auth_project.accounts import one_time_tokens
from auth_project.accounts.models import User
from auth_project.accounts.services import passwords
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import PASSWORD, make_user

CHANGE, RESET, CONFIRM = (f"/api/v1/auth/password/{name}" for name in ("change", "reset", "reset/confirm"))
LOGIN, ME = "/api/v1/auth/login", "/api/v1/users/me"
NEW = "another horse, another staple"


def token_for(user: User, *, now=None) -> str:
    """What the link in the mail carries."""
    return one_time_tokens.issue(
        purpose=one_time_tokens.Purpose.RESET_PASSWORD,
        user_id=user.pk,
        bound_to=passwords.fingerprint(user),
        now=now or timezone.now(),
    )


def outcome(response) -> tuple[int, str]:
    return response.status_code, "" if response.status_code < 400 else response.json()["code"]


def can_sign_in(password: str, login: str = "ada") -> bool:
    return Api(address="192.0.2.9").post(LOGIN, {"login": login, "password": password}).status_code == 200


@pytest.mark.asvs("6.2.2", "6.3.7", "7.4.3")
def test_a_change_ends_the_other_sessions_and_tells_the_owner(ada):
    phone, eve = sign_in(ada.user), sign_in(make_user("eve"))

    response = ada.api.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})

    assert (response.status_code, response.content) == (204, b"")
    assert [one.api.get(ME).status_code for one in (ada, phone, eve)] == [200, 401, 200]
    assert Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).status_code == 200
    assert Api().post("/api/v1/auth/refresh", {"refresh": phone.tokens.refresh}).json()["code"] == "token_revoked"
    assert [event.type for event in OutboxEvent.objects.all()] == ["session.revoked"]
    assert [(mail.to, mail.template) for mail in Mail.objects.all()] == [("ada@example.com", "password_changed")]
    assert not can_sign_in(PASSWORD)
    assert can_sign_in(NEW)


@pytest.mark.asvs("6.2.3", "6.3.4")
def test_a_wrong_current_password_changes_nothing_and_counts(ada):
    phone = sign_in(ada.user)
    body = {"current_password": "not it", "new_password": NEW}

    outcomes = [outcome(ada.api.post(CHANGE, body)) for _ in range(11)]

    assert outcomes == [(403, "wrong_password")] * 10 + [(429, "throttled")]
    assert outcome(Api(address="127.0.0.1").post(LOGIN, {"login": "ada", "password": PASSWORD})) == (429, "throttled")
    assert phone.api.get(ME).status_code == 200
    assert User.objects.get().password == ada.user.password
    assert not Mail.objects.exists()


@pytest.mark.parametrize("new", ["short", "password123", "ada@example.com", "x" * 257])
def test_a_weak_new_password_is_refused_and_ends_nothing(ada, new):
    phone = sign_in(ada.user)

    response = ada.api.post(CHANGE, {"current_password": PASSWORD, "new_password": new})

    assert outcome(response) == (400, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == ["new_password"]
    assert new not in response.content.decode()
    assert phone.api.get(ME).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        (CHANGE, {}, ["current_password", "new_password"]),
        (CHANGE, {"current_password": {"$ne": ""}, "new_password": NEW}, ["current_password"]),
        (RESET, {}, ["email"]),
        (RESET, {"email": {"$ne": ""}}, ["email"]),
        (RESET, {"email": "ada@example.com", "x": 1}, ["x"]),
        (CONFIRM, {}, ["new_password", "token"]),
        (CONFIRM, {"token": {"$ne": ""}, "new_password": NEW}, ["token"]),
        (CONFIRM, {"token": "x" * 257, "new_password": NEW}, ["token"]),
    ],
)
def test_a_malformed_body_is_refused_by_field(ada, path, body, fields):
    response = ada.api.post(path, body)

    assert response.status_code == 400
    assert sorted(error["field"] for error in response.json()["errors"]) == fields


def test_changing_needs_a_token(api):
    response = api.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})

    assert outcome(response) == (401, "not_authenticated")


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "Ada@Example.COM"])
@pytest.mark.asvs("6.3.8")
def test_asking_for_a_mail_is_answered_the_same_whoever_it_is_for(email):
    make_user("ada")

    response = Api().post(RESET, {"email": email})

    assert (response.status_code, response.content) == (202, b"")
    assert [mail.template for mail in Mail.objects.all()] == ["password_reset"]


@pytest.mark.asvs("2.4.1")
def test_nobody_can_fill_a_mailbox():
    make_user("ada")

    answers = {Api(address=f"192.0.2.{n}").post(RESET, {"email": "ada@example.com"}).status_code for n in range(8)}

    assert answers == {202}
    assert Mail.objects.count() == 5


@pytest.mark.asvs("6.4.1", "7.4.3")
def test_the_mails_token_sets_a_password_once_and_ends_every_session(ada):
    phone, token = sign_in(ada.user), token_for(ada.user)

    response = Api().post(CONFIRM, {"token": token, "new_password": NEW})

    assert (response.status_code, response.content) == (204, b"")
    assert [one.api.get(ME).json()["code"] for one in (ada, phone)] == ["token_revoked"] * 2
    assert [event.type for event in OutboxEvent.objects.all()] == ["tokens.revoked"]
    assert outcome(Api().post(CONFIRM, {"token": token, "new_password": NEW})) == (400, "validation_error")
    assert not can_sign_in(PASSWORD)
    assert can_sign_in(NEW)


@pytest.mark.asvs("6.4.1")
def test_a_token_is_good_for_an_hour(ada):
    now = timezone.now()
    token = token_for(ada.user, now=now)

    with time_machine.travel(now + timedelta(hours=1), tick=False):
        response = Api().post(CONFIRM, {"token": token, "new_password": NEW})

    assert outcome(response) == (400, "validation_error")
    assert ada.api.get(ME).status_code == 200


def test_a_token_is_void_once_the_password_was_changed(ada):
    token = token_for(ada.user)
    ada.api.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})

    assert Api().post(CONFIRM, {"token": token, "new_password": PASSWORD}).status_code == 400


def test_a_weak_password_leaves_the_token_good(ada):
    token = token_for(ada.user)

    assert Api().post(CONFIRM, {"token": token, "new_password": "short"}).status_code == 400
    assert Api().post(CONFIRM, {"token": token, "new_password": NEW}).status_code == 204


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "$ne", "\u00e9"])
def test_a_made_up_token_is_refused(ada, token):
    assert Api().post(CONFIRM, {"token": token, "new_password": NEW}).status_code == 400
    assert ada.api.get(ME).status_code == 200


@pytest.mark.asvs("6.4.3")
def test_a_reset_goes_around_no_second_factor(ada):
    secret = ada.api.post("/api/v1/auth/mfa/totp").json()["secret"]
    ada.api.post("/api/v1/auth/mfa/totp/confirm", {"code": pyotp.TOTP(secret).now()})

    Api().post(CONFIRM, {"token": token_for(ada.user), "new_password": NEW})

    assert outcome(Api().post(LOGIN, {"login": "ada", "password": NEW})) == (401, "otp_required")


@pytest.mark.asvs("6.3.1")
def test_a_reset_forgives_wrong_attempts(ada):
    stranger = Api(address="192.0.2.66")
    for _ in range(11):
        stranger.post(LOGIN, {"login": "ada", "password": "not it"})
    assert stranger.post(LOGIN, {"login": "ada", "password": PASSWORD}).status_code == 429

    stranger.post(CONFIRM, {"token": token_for(ada.user), "new_password": NEW})

    assert stranger.post(LOGIN, {"login": "ada", "password": NEW}).status_code == 200


@pytest.mark.asvs("16.2.5")
def test_nothing_secret_is_logged(ada, caplog):
    token = token_for(ada.user)

    ada.api.post(CHANGE, {"current_password": "canary-old", "new_password": "canary-new-password"})
    Api().post(RESET, {"email": "canary@example.com"})
    Api().post(CONFIRM, {"token": token, "new_password": "canary-new-password"})

    logged = str([record.__dict__ for record in caplog.records])
    assert "canary" not in logged
    assert token not in logged
