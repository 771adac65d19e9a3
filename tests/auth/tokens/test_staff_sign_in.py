"""Signing in to an admin site: Auth's own form, and Posts asking for its staff. The same function as the API's."""

import threading
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from auth_project.accounts.models import User
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import NOW, PASSWORD, make_user

CHECK, LOGIN = "/internal/v1/credentials/check", "/api/v1/auth/login"
TOTP, CONFIRM = "/api/v1/auth/mfa/totp", "/api/v1/auth/mfa/totp/confirm"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def sam() -> User:
    return make_user("sam", is_staff=True)


@pytest.fixture
def secret(sam, clock) -> str:
    """Sam has one-time codes."""
    api = sign_in(sam).api
    secret = api.post(TOTP).json()["secret"]
    api.post(CONFIRM, {"code": pyotp.TOTP(secret).at(timezone.now())})
    clock.shift(timedelta(seconds=30))
    return secret


def form(login: str = "sam", password: str = PASSWORD, otp: str = "", *, client: Client | None = None):
    body = {"username": login, "password": password, "otp": otp}
    return (client or Client()).post("/admin/login/?next=/admin/", body)


def code(secret: str) -> str:
    return pyotp.TOTP(secret).at(timezone.now())


def says(response, sentence: str) -> bool:
    return response.status_code == 200 and sentence in response.content.decode()


def outcome(response) -> tuple[int, str]:
    return response.status_code, "" if response.status_code < 400 else response.json()["code"]


def test_the_form_asks_for_a_code(sam):
    page = Client().get("/admin/login/").content.decode()

    assert 'name="otp"' in page
    assert 'autocomplete="one-time-code"' in page


def test_the_form_takes_the_code_once(sam, secret):
    assert says(form(), "A one-time code is required.")
    assert says(form(otp="000000"), "login, password or one-time code is wrong")

    assert form(otp=code(secret)).status_code == 302

    assert says(form(otp=code(secret)), "login, password or one-time code is wrong")
    assert outcome(Api().post(LOGIN, {"login": "sam", "password": PASSWORD, "otp": code(secret)})) == (
        401,
        "invalid_credentials",
    )


def test_the_form_does_not_tell_a_wrong_password_from_an_unknown_name(sam, secret):
    answers = [form("sam", "not it", code(secret)), form("nobody", PASSWORD)]

    assert all(says(answer, "login, password or one-time code is wrong") for answer in answers)


@pytest.mark.asvs("6.3.4")
def test_wrong_attempts_count_together_wherever_they_are_made(sam, posts_service):
    for _ in range(5):
        form(password="not it")
        Api().post(LOGIN, {"login": "sam", "password": "not it"})

    assert says(form(), "Too many wrong attempts.")
    assert outcome(Api().post(LOGIN, {"login": "sam", "password": PASSWORD})) == (429, "throttled")
    body = {"login": "sam", "password": PASSWORD, "address": "127.0.0.1"}
    # Posts would take 429 for Auth being overloaded.
    assert outcome(posts_service.post(CHECK, body)) == (403, "throttled")
    assert outcome(posts_service.post(CHECK, body | {"address": "192.0.2.1"})) == (200, "")


@pytest.mark.asvs("6.3.4", "6.6.3")
def test_five_wrong_codes_are_too_many_in_the_form_too(sam, secret):
    for _ in range(5):
        form(otp="000000")

    assert says(form(otp=code(secret)), "Too many wrong attempts.")


@pytest.mark.parametrize("how", ["setting", "demanded"])
@pytest.mark.asvs("6.3.3")
def test_who_must_have_a_second_factor_and_has_none_is_told_so(sam, settings, posts_service, how):
    settings.REQUIRE_STAFF_MFA = how == "setting"
    User.objects.update(mfa_required=how == "demanded")

    assert says(form(), "This account may not be without a second factor: set up one-time codes first.")
    assert says(form(password="not it"), "login, password or one-time code is wrong")
    answer = posts_service.post(CHECK, {"login": "sam", "password": PASSWORD})
    assert outcome(answer) == (403, "mfa_required")
    assert "one-time codes first" in answer.json()["detail"]
    assert outcome(Api().post(LOGIN, {"login": "sam", "password": PASSWORD})) == (200, "")


def test_who_has_one_gets_in_where_it_is_required(sam, secret, settings):
    settings.REQUIRE_STAFF_MFA = True

    assert form(otp=code(secret)).status_code == 302


@pytest.mark.asvs("6.3.3")
def test_an_open_admin_session_ends_when_a_second_factor_is_demanded(sam):
    client = Client()
    form(client=client)
    assert client.get("/admin/").status_code == 200

    User.objects.update(mfa_required=True)

    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("status", [User.Status.SUSPENDED, User.Status.DEACTIVATED])
def test_staff_who_are_not_active_open_no_site(sam, status, posts_service):
    User.objects.update(status=status)

    assert says(form(), "login, password or one-time code is wrong")
    assert outcome(posts_service.post(CHECK, {"login": "sam", "password": PASSWORD})) == (401, "invalid_credentials")
    assert User.objects.get().status == status


def test_posts_is_told_who_it_is_and_what_they_may(sam, posts_service):
    response = posts_service.post(CHECK, {"login": "Sam@Example.com", "password": PASSWORD})

    assert response.status_code == 200
    assert response.json() == {"user": sam.public_state.to_json(), "roles": ["staff"]}


@pytest.mark.asvs("6.3.3", "6.3.4")
def test_posts_has_to_pass_on_the_code(sam, secret, posts_service):
    body = {"login": "sam", "password": PASSWORD}

    assert outcome(posts_service.post(CHECK, body)) == (401, "otp_required")
    assert outcome(posts_service.post(CHECK, body | {"otp": "000000"})) == (401, "invalid_credentials")
    assert outcome(posts_service.post(CHECK, body | {"otp": code(secret)})) == (200, "")
    assert outcome(posts_service.post(CHECK, body | {"otp": code(secret)})) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("more", "field"), [({"otp": 123456}, "otp"), ({"address": {"$ne": ""}}, "address"), ({"x": 1}, "x")]
)
def test_a_malformed_question_is_refused(sam, posts_service, more, field):
    response = posts_service.post(CHECK, {"login": "sam", "password": PASSWORD} | more)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_nobody_but_posts_may_ask(sam, api):
    assert api.post(CHECK, {"login": "sam", "password": PASSWORD}).status_code == 401
    assert sign_in(sam).api.post(CHECK, {"login": "sam", "password": PASSWORD}).status_code == 401


def test_hashing_too_busy_is_said_in_the_form(sam, monkeypatch):
    from auth_project.accounts import hashers

    monkeypatch.setattr(hashers, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.01)
    with hashers._slot():
        response = form()

    assert says(response, "Too many people are signing in right now.")


@pytest.mark.asvs("16.2.5")
def test_nothing_secret_is_kept_or_logged(sam, secret, caplog):
    form(password="canary-password", otp="canary")
    form(otp=code(secret))

    logged = str([record.__dict__ for record in caplog.records])
    stored = str(list(connection.database["django_session"].find()))
    for canary in ("canary", PASSWORD, secret, code(secret)):
        assert canary not in logged
        assert canary not in stored
