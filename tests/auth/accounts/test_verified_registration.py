"""Where addresses must be verified: nobody learns of others, and nobody has an account under another's address."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from auth_project.accounts.models import OneTimeToken, PendingRegistration, User
from auth_project.accounts.services import register
from auth_project.events.models import OutboxEvent
from tests.auth.conftest import Api
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.letters import delivered, only_token, token_in, told

REGISTER, VERIFY, LOGIN = "/api/v1/auth/register", "/api/v1/auth/email/verify", "/api/v1/auth/login"


@pytest.fixture(autouse=True)
def _verified_only(settings):
    settings.REQUIRE_VERIFIED_EMAIL = True


def body(**changes: Any) -> dict[str, Any]:
    return {"username": "ada", "email": "ada@example.com", "password": PASSWORD} | changes


def seen(response: Any) -> tuple[int, bytes, dict[str, str]]:
    changing = ("X-Request-ID", "RateLimit")
    return response.status_code, response.content, {k: v for k, v in response.headers.items() if k not in changing}


@pytest.mark.asvs("6.3.8")
def test_a_known_and_a_new_address_get_the_same_answer(api):
    make_user("eve", email_verified=True)

    new, known = api.post(REGISTER, body()), api.post(REGISTER, body(username="adb", email="EVE@example.com"))

    assert seen(new) == seen(known)
    assert (new.status_code, new.content) == (202, b"")


def test_the_owner_of_the_address_gets_a_mail_either_way(api):
    make_user("eve", email_verified=True)
    api.post(REGISTER, body())
    api.post(REGISTER, body(username="adb", email="EVE@example.com"))

    assert told() == [
        ("ada@example.com", "Social: confirm your e-mail address"),
        ("eve@example.com", "Social: you have an account already"),
    ]
    assert User.objects.count() == 1


def test_the_link_makes_the_account_and_tells_posts(api):
    api.post(REGISTER, body(username="Ada_L", display_name="Ada Lovelace"))
    assert (User.objects.count(), OutboxEvent.objects.count()) == (0, 0)

    response = api.post(VERIFY, {"token": only_token()})

    user = User.objects.get()
    assert (response.status_code, response.content) == (204, b"")
    assert (user.username, user.display_name, user.email, user.email_verified) == (
        "ada_l", "Ada Lovelace", "ada@example.com", True,
    )  # fmt: skip
    assert [event.type for event in OutboxEvent.objects.all()] == ["user.registered"]
    assert PendingRegistration.objects.count() == OneTimeToken.objects.count() == 0
    assert api.post(LOGIN, {"login": "ada_l", "password": PASSWORD}).status_code == 200


@pytest.mark.asvs("2.3.1")
def test_before_that_nobody_signs_in_and_nobody_is_seen(api):
    api.post(REGISTER, body())

    refusals = [
        api.post(LOGIN, {"login": login, "password": PASSWORD}) for login in ("ada", "nobody", "ada@example.com")
    ]

    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(401, "invalid_credentials")}
    assert api.get("/api/v1/users/ada").status_code == 404


def test_an_account_from_before_the_setting_must_be_verified_too(api):
    make_user("old")

    assert api.post(LOGIN, {"login": "old", "password": PASSWORD}).json()["code"] == "invalid_credentials"


def test_the_name_is_held_whether_or_not_the_address_is_known(api):
    make_user("eve", email_verified=True)
    api.post(REGISTER, body(username="held_a", email="ada@example.com"))
    api.post(REGISTER, body(username="held_b", email="eve@example.com"))

    answers = [api.post(REGISTER, body(username=name, email="joe@example.com")) for name in ("held_a", "held_b")]

    assert {(one.status_code, one.json()["errors"][0]["code"]) for one in answers} == {(400, "taken")}


def test_sent_again_it_is_mailed_again_and_the_first_link_is_void(api):
    api.post(REGISTER, body())
    first = only_token()
    api.post(REGISTER, body(password="another fine password"))
    second = only_token()

    assert api.post(VERIFY, {"token": first}).status_code == 400
    assert api.post(VERIFY, {"token": second}).status_code == 204
    assert api.post(LOGIN, {"login": "ada", "password": "another fine password"}).status_code == 200


def test_of_two_who_registered_one_address_the_first_to_answer_gets_it(api):
    api.post(REGISTER, body(username="ada"))
    api.post(REGISTER, body(username="eve"))
    first, second = map(token_in, delivered())

    assert api.post(VERIFY, {"token": second}).status_code == 204
    refused = api.post(VERIFY, {"token": first})

    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("token", "invalid")]
    assert [user.username for user in User.objects.all()] == ["eve"]


def test_a_held_name_is_let_go_after_a_day(api):
    api.post(REGISTER, body())
    later = timezone.now() + timedelta(hours=24, seconds=1)

    assert register.purge_pending(now=later) == 1

    assert api.post(REGISTER, body(email="other@example.com")).status_code == 202


def test_a_mailbox_is_not_filled_by_strangers(api):
    for number in range(30):
        api.post(REGISTER, body(username=f"ada{number}"))

    assert 0 < len(delivered()) < 30
    assert PendingRegistration.objects.count() == 30


def test_twenty_registrations_of_one_name_at_once_hold_it_once():
    def attempt(number: int) -> Any:
        try:
            return Api().post(REGISTER, body(email=f"ada{number}@example.com")).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(20)))

    assert sorted(statuses) == [202] + [400] * 19
    assert PendingRegistration.objects.count() == 1


def test_a_name_that_a_user_took_meanwhile_makes_the_link_void(api):
    api.post(REGISTER, body())
    token = only_token()
    make_user("ada", email="first@example.com")

    assert api.post(VERIFY, {"token": token}).status_code == 400
    assert User.objects.count() == 1


def test_known_and_new_addresses_take_the_same_time(api):
    make_user("eve", email_verified=True)
    times: dict[str, list[float]] = {"eve@example.com": [], "new@example.com": []}

    for number in range(20):
        for email, taken in times.items():
            started = time.perf_counter()
            api.post(REGISTER, body(username=f"name_{number}_{email[0]}", email=email))
            taken.append(time.perf_counter() - started)

    known, new = (statistics.median(taken) for taken in times.values())
    assert abs(known - new) < 0.3 * known  # the rest is told by the sampling of tests/auth/security


def test_no_password_waits_in_the_clear(api):
    api.post(REGISTER, body())

    pending = PendingRegistration.objects.values().get()
    assert PASSWORD not in str(pending)
    assert pending["password"].startswith("argon2$argon2id$")
