"""Addresses: proved by a link, changed by a link, and both told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from auth_project.accounts import one_time_tokens
from auth_project.accounts.models import OneTimeToken, User
from auth_project.accounts.one_time_tokens import Purpose
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from auth_project.transactions import run_in_txn
from tests.auth.conftest import Api, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.letters import delivered, only_token, token_in, told

REGISTER = "/api/v1/auth/register"
VERIFY, RESEND, CHANGE = (f"/api/v1/auth/email/{name}" for name in ("verify", "resend", "change"))


def change(email: str = "new@example.com", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


def is_refused(response: Any) -> bool:
    faults = [(error["field"], error["code"]) for error in response.json()["errors"]]
    return response.status_code == 400 and faults == [("token", "invalid")]


def test_who_registers_is_asked_to_confirm_the_address(api):
    api.post(REGISTER, {"username": "ada", "email": "ada@example.com", "password": PASSWORD})

    (message,) = delivered()

    assert (message.to, message.subject) == (["ada@example.com"], "Social: confirm your e-mail address")
    assert "http://127.0.0.1" in message.body
    assert "/verify-email?token=" in message.body
    assert not User.objects.get().email_verified
    assert api.post(VERIFY, {"token": token_in(message)}).status_code == 204
    assert User.objects.get().email_verified


def test_confirming_is_seen_in_the_account(ada):
    ada.api.post(RESEND)

    ada.api.post(VERIFY, {"token": only_token()})

    assert ada.api.get("/api/v1/users/me").json()["email_verified"] is True


def test_a_token_works_once(ada, api):
    ada.api.post(RESEND)
    token = only_token()

    assert api.post(VERIFY, {"token": token}).status_code == 204
    assert is_refused(api.post(VERIFY, {"token": token}))


def test_of_twenty_who_use_a_token_at_once_one_succeeds(ada):
    ada.api.post(CHANGE, change())
    token = next(token_in(message) for message in delivered() if message.to == ["new@example.com"])

    def attempt(_: int) -> int:
        try:
            return Api().post(VERIFY, {"token": token}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(20)))

    assert sorted(statuses) == [204] + [400] * 19


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "$ne", "0" * 64])
def test_a_token_that_was_never_issued_is_refused(ada, api, token):
    assert is_refused(api.post(VERIFY, {"token": token}))


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 5}, {"token": {"$ne": ""}}, {"token": "x" * 129}, {"tok": "x"}]
)
def test_a_malformed_verification_is_refused_by_field(api, body):
    response = api.post(VERIFY, body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_the_stored_hash_of_a_token_is_no_token(ada, api):
    ada.api.post(RESEND)
    delivered()

    assert is_refused(api.post(VERIFY, {"token": OneTimeToken.objects.get().pk}))


def test_a_token_expires_after_a_day(ada):
    ada.api.post(RESEND)
    token = only_token()
    now = timezone.now()

    def take(at: Any) -> OneTimeToken:
        return run_in_txn(lambda: one_time_tokens.take(token, Purpose.VERIFY_EMAIL, now=at))

    with pytest.raises(one_time_tokens.TokenRefused):
        take(now + timedelta(hours=24))
    assert take(now + timedelta(hours=23, minutes=59)).user_id == ada.user.pk


def test_a_token_of_another_purpose_is_refused(ada, api):
    for purpose in (Purpose.RESET_PASSWORD,):
        token = one_time_tokens.issue(
            purpose=purpose, user_id=ada.user.pk, bound_to=ada.user.email_ci, now=timezone.now()
        )

        assert is_refused(api.post(VERIFY, {"token": token}))


def test_only_the_hash_of_a_token_is_stored(ada):
    ada.api.post(RESEND)
    assert OneTimeToken.objects.count() == 0

    token = only_token()

    assert token not in str(list(OneTimeToken.objects.values()))
    assert Mail.objects.count() == 0


def test_expired_tokens_are_tidied_away(ada):
    ada.api.post(RESEND)
    delivered()

    assert one_time_tokens.purge_one_time_tokens(now=timezone.now()) == 0
    assert one_time_tokens.purge_one_time_tokens(now=timezone.now() + timedelta(days=2)) == 1


def test_resending_where_nothing_waits_sends_nothing():
    ada = sign_in(make_user("ada", email_verified=True))

    response = ada.api.post(RESEND)

    assert (response.status_code, response.content) == (202, b"")
    assert delivered() == []


def test_resending_is_limited(ada):
    statuses = [ada.api.post(RESEND).status_code for _ in range(6)]

    assert statuses == [202] * 5 + [429]


def test_a_new_address_counts_once_its_owner_has_answered(ada, api):
    response = ada.api.post(CHANGE, change("New.Ada@example.com"))

    assert (response.status_code, response.content) == (202, b"")
    assert ada.api.get("/api/v1/users/me").json()["email"] == "ada@example.com"
    link, notice = delivered()
    assert (link.to, link.subject) == (["New.Ada@example.com"], "Social: confirm your e-mail address")
    assert (notice.to, notice.subject) == (["ada@example.com"], "Social: your e-mail address is about to change")
    assert "token" not in notice.body
    assert "New.Ada" not in notice.body

    assert api.post(VERIFY, {"token": token_in(link)}).status_code == 204

    me = ada.api.get("/api/v1/users/me").json()
    assert (me["email"], me["email_verified"]) == ("New.Ada@example.com", True)
    assert api.post("/api/v1/auth/login", {"login": "new.ada@example.com", "password": PASSWORD}).status_code == 200
    assert api.post("/api/v1/auth/login", {"login": "ada@example.com", "password": PASSWORD}).status_code == 401


def test_posts_hears_nothing_of_addresses(ada, api):
    ada.api.post(CHANGE, change())
    api.post(VERIFY, {"token": token_in(delivered()[0])})

    assert OutboxEvent.objects.count() == 0


def test_changing_the_address_needs_the_password(ada):
    response = ada.api.post(CHANGE, change(password="not this one"))

    assert (response.status_code, response.json()["code"]) == (403, "wrong_password")
    assert delivered() == []
    ada.user.refresh_from_db()
    assert ada.user.pending_email == ""


def test_guessing_the_password_there_is_throttled(ada):
    statuses = [ada.api.post(CHANGE, change(password=f"guess {n}")).status_code for n in range(12)]

    assert statuses[:10] == [403] * 10
    assert statuses[10:] == [429] * 2


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("ADA@example.com", "unchanged"),
        ("eve@example.com", "taken"),
        ("nowhere", "invalid"),
        ("a@b.org\r\nBcc: all@example.com", "single_line"),
        ("a@b.org,c@d.org", "invalid"),
        ('"a b"@example.com', "invalid"),
        ("a\x00@b.org", "forbidden_characters"),
        ("x" * 250 + "@b.org", "max_length"),
        (None, "null"),
        (["a@b.org"], "invalid"),
        ({"$ne": ""}, "invalid"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused(ada, email, code):
    make_user("eve")

    response = ada.api.post(CHANGE, {"email": email, "password": PASSWORD})

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("email", code)]
    assert delivered() == []


def test_where_addresses_must_be_verified_a_known_one_gets_the_same_answer(settings):
    settings.REQUIRE_VERIFIED_EMAIL = True
    make_user("eve", email_verified=True)
    ada = sign_in(make_user("ada", email_verified=True))

    answers = [ada.api.post(CHANGE, change(email)) for email in ("eve@example.com", "new@example.com")]

    assert [(one.status_code, one.content) for one in answers] == [(202, b"")] * 2


def test_the_owner_of_a_known_address_is_told_and_keeps_it(settings):
    settings.REQUIRE_VERIFIED_EMAIL = True
    make_user("eve", email_verified=True)
    ada = sign_in(make_user("ada", email_verified=True))
    ada.api.post(CHANGE, change("eve@example.com"))

    assert told() == [
        ("eve@example.com", "Social: you have an account already"),
        ("ada@example.com", "Social: your e-mail address is about to change"),
    ]
    assert OneTimeToken.objects.count() == 0


def test_another_change_makes_the_first_link_void(ada, api):
    ada.api.post(CHANGE, change("first@example.com"))
    first = token_in(delivered()[0])
    ada.api.post(CHANGE, change("second@example.com"))

    assert is_refused(api.post(VERIFY, {"token": first}))
    assert ada.api.get("/api/v1/users/me").json()["email"] == "ada@example.com"


def test_an_address_that_somebody_took_meanwhile_is_refused(ada, api):
    ada.api.post(CHANGE, change())
    token = token_in(delivered()[0])
    make_user("eve", email="NEW@example.com")

    assert is_refused(api.post(VERIFY, {"token": token}))


def test_of_two_who_confirm_one_address_at_once_one_gets_it():
    people = [sign_in(make_user(name)) for name in ("ada", "bob", "eve", "joe")]
    for person in people:
        person.api.post(CHANGE, change())
    tokens = [token_in(message) for message in delivered() if message.to == ["new@example.com"]]
    assert len(tokens) == 4

    def attempt(token: str) -> int:
        try:
            return Api().post(VERIFY, {"token": token}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(attempt, tokens))

    assert sorted(statuses) == [204, 400, 400, 400]
    assert User.objects.filter(email_ci="new@example.com").count() == 1


@pytest.mark.parametrize("path", [RESEND, CHANGE])
def test_without_a_token_there_is_no_address_of_ones_own(api, path):
    assert api.post(path, change()).json()["code"] == "not_authenticated"


def test_no_token_and_no_password_is_logged(ada, api, caplog):
    caplog.set_level("DEBUG")
    ada.api.post(CHANGE, change("canary@example.com"))
    token = token_in(delivered()[0])
    api.post(VERIFY, {"token": token})
    api.post(VERIFY, {"token": token})

    written = " ".join(str(record.__dict__) for record in caplog.records if not record.name.startswith("pymongo"))
    assert "email.verified" in written
    for secret in (token, PASSWORD, "canary@example.com"):
        assert secret not in written


def test_tokens_are_found_by_their_key(ada):
    ada.api.post(RESEND)
    delivered()

    stages, examined = plan_of(OneTimeToken.objects.filter(pk=OneTimeToken.objects.get().pk))

    assert "COLLSCAN" not in stages
    assert examined == 1
