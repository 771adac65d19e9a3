"""Signing in: every refusal alike, guesses limited, and nobody locked out by strangers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from auth_project.accounts.hashers import Argon2idHasher
from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.throttling import guesses
from auth_project.tokens.models import Session
from tests.auth.conftest import Api, access_claims, sign_in
from tests.auth.fakes import NOW, PASSWORD, make_user

LOGIN, ME, RESET = "/api/v1/auth/login", "/api/v1/users/me", "/api/v1/auth/password/reset"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
WRONG = "not the password"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def attempt(login: str, password: str = WRONG, *, address: str = HOME, **more):
    return Api(address=address).post(LOGIN, {"login": login, "password": password} | more)


def codes(count: int, login: str, **how) -> list[str]:
    return [attempt(login, **how).json()["code"] for _ in range(count)]


def seen(response) -> tuple:
    headers = {name: value for name, value in response.headers.items() if name not in ("X-Request-ID", "RateLimit")}
    return response.status_code, response.json() | {"request_id": ""}, headers


@pytest.mark.asvs("6.3.8")
def test_every_refusal_looks_the_same(settings):
    settings.REQUIRE_VERIFIED_EMAIL = True
    make_user("ada", email_verified=True)
    make_user("sue", email_verified=True, status=User.Status.SUSPENDED)
    make_user("uma", email_verified=False)
    attempts = [("ada", WRONG), ("nobody", PASSWORD), ("no@body.net", PASSWORD), ("sue", PASSWORD), ("uma", PASSWORD)]

    answers = [seen(attempt(login, password, address=f"192.0.2.{n}")) for n, (login, password) in enumerate(attempts)]

    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "invalid_credentials"
    assert all(answer == answers[0] for answer in answers)
    assert not Session.objects.exists()


def test_an_unverified_address_matters_only_where_it_is_asked_for(settings):
    make_user("uma", email_verified=False)
    assert attempt("uma", PASSWORD).status_code == 200

    settings.REQUIRE_VERIFIED_EMAIL = True

    assert attempt("uma", PASSWORD).status_code == 401


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "nobody", "no@body.net"])
@pytest.mark.asvs("6.1.1", "6.3.1", "2.4.1")
def test_ten_wrong_passwords_from_one_address_are_taken_whoever_they_are_for(login, clock):
    make_user("ada")

    assert codes(10, login) == ["invalid_credentials"] * 10
    clock.shift(timedelta(minutes=5))
    response = attempt(login, PASSWORD)

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert response["Retry-After"] == "600"
    assert not Session.objects.exists()
    clock.shift(timedelta(minutes=10))
    assert attempt(login, PASSWORD).status_code in (200, 401)


def test_a_right_password_is_the_end_of_counting():
    make_user("ada")
    for _ in range(3):
        assert codes(9, "ada") == ["invalid_credentials"] * 9
        assert attempt("ada@example.com", PASSWORD).status_code == 200


def test_a_right_password_of_a_suspended_account_is_counted_like_a_wrong_one():
    make_user("sue", status=User.Status.SUSPENDED)

    assert codes(11, "sue", password=PASSWORD) == ["invalid_credentials"] * 10 + ["throttled"]


@pytest.mark.asvs("6.3.1", "15.4.2")
def test_many_guesses_at_once_are_no_more_than_ten():
    make_user("ada")
    barrier = threading.Barrier(16)

    def guess(_: int) -> int:
        barrier.wait()
        try:
            return attempt("ada").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(guess, range(16)))

    assert statuses == [401] * 10 + [429] * 6


def test_a_refused_guess_with_an_idempotency_key_stays_counted():
    make_user("ada")
    body = {"login": "ada", "password": WRONG}

    answers = [Api(address=HOME).post(LOGIN, body, **{"Idempotency-Key": str(n)}).status_code for n in range(11)]

    assert answers == [401] * 10 + [429]


def test_an_ipv6_subscriber_is_one_address():
    make_user("ada")

    answers = [attempt("ada", address=f"2001:db8::{n}").status_code for n in range(1, 12)]

    assert answers == [401] * 10 + [429]
    assert attempt("ada", PASSWORD, address="2001:db8:0:1::1").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("login", ["ada", "nobody"])
def test_a_hundred_wrong_passwords_of_strangers_close_the_account_to_strangers(login, clock):
    make_user("ada")
    for n in range(10):
        assert codes(10, login, address=f"198.51.100.{n}") == ["invalid_credentials"] * 10

    clock.shift(timedelta(hours=23))
    response = attempt(login, PASSWORD, address="203.0.113.1")

    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (429, "throttled", "3600")


@pytest.mark.slow
@pytest.mark.asvs("6.1.1", "6.3.1")
def test_strangers_lock_nobody_out(clock):
    ada = sign_in(make_user("ada"))  # from 127.0.0.1
    for n in range(11):
        codes(10, "ada", address=f"198.51.100.{n}")
        codes(10, "ada@example.com", address=f"198.51.100.{n}")
    assert attempt("ada", PASSWORD, address="203.0.113.1").status_code == 429

    assert ada.api.get(ME).status_code == 200
    assert Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).status_code == 200
    assert (
        Api(address="203.0.113.1").post("/api/v1/auth/password/reset", {"email": "ada@example.com"}).status_code == 202
    )
    assert codes(9, "ada", address="127.0.0.1") == ["invalid_credentials"] * 9
    assert attempt("ada", PASSWORD, address="127.0.0.1").status_code == 200


@pytest.mark.slow
def test_an_address_is_known_for_ninety_days(clock):
    sign_in(make_user("ada"))
    clock.shift(timedelta(days=89))
    for n in range(11):
        codes(10, "ada", address=f"198.51.100.{n}")
    assert attempt("ada", PASSWORD, address="127.0.0.1").status_code == 200

    clock.shift(timedelta(days=1))
    for n in range(11):
        codes(10, "ada", address=f"198.51.100.{n}")

    assert attempt("ada", PASSWORD, address="127.0.0.1").status_code == 429


def test_somebody_elses_sign_in_makes_no_address_known(clock):
    sign_in(make_user("eve"))
    ada = make_user("ada")

    assert not guesses.Guesser(login="ada", account=ada.pk, network="127.0.0.1").is_known(now=timezone.now())


@pytest.mark.slow
def test_an_address_may_not_try_one_account_after_the_other():
    for n in range(300):
        Api(address=HOME).post(LOGIN, {"login": f"user{n}"})

    response = attempt("ada", PASSWORD)

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert response["RateLimit-Policy"] == '"login";q=300;w=900'


def test_what_is_left_is_told_with_every_answer():
    make_user("ada")

    assert attempt("ada", PASSWORD)["RateLimit"] == '"login";r=299;t=900'
    assert attempt("ada")["RateLimit"].startswith('"login";r=298;')


def test_the_session_begins_when_the_password_was_asked(clock):
    ada = make_user("ada")

    response = attempt("ada", PASSWORD)

    session = Session.objects.get()
    assert (session.user_id, session.created_at, session.ip) == (ada.pk, NOW, HOME)
    assert set(response.json()) == {"access", "refresh", "expires_in", "token_type"}


def test_who_had_left_is_back_with_signing_in():
    make_user("dea", status=User.Status.DEACTIVATED, valid_after=timezone.now())

    response = attempt("dea", PASSWORD)

    assert response.status_code == 200
    assert Api(response.json()["access"]).get(ME).json()["username"] == "dea"
    assert [event.type for event in OutboxEvent.objects.all()] == ["user.reactivated"]


def test_a_wrong_password_brings_nobody_back():
    make_user("dea", status=User.Status.DEACTIVATED)

    assert attempt("dea").status_code == 401
    assert User.objects.get().status == User.Status.DEACTIVATED


def test_a_hash_made_with_other_parameters_is_renewed_at_sign_in(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Argon2idHasher, "memory_cost", 512)
        make_user("ada")

    assert attempt("ada", PASSWORD).status_code == 200

    assert "m=1024,t=1,p=1" in User.objects.get().password
    assert attempt("ada", PASSWORD).status_code == 200


@pytest.mark.asvs("15.2.2")
def test_hashes_beyond_the_cap_are_told_to_come_back(monkeypatch):
    from auth_project.accounts import hashers

    make_user("ada")
    monkeypatch.setattr(hashers, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.01)

    with hashers._slot():
        response = attempt("ada", PASSWORD)

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert response["Retry-After"] == "2"
    assert attempt("ada", PASSWORD).status_code == 200


@pytest.mark.asvs("16.2.5", "16.3.1")
def test_neither_password_nor_name_is_logged(caplog):
    make_user("ada")

    attempt("ada", "wr0ng-canary")
    attempt("somebody-canary", "wr0ng-canary")
    attempt("ada", PASSWORD)

    logged = str([record.__dict__ for record in caplog.records])
    assert "canary" not in logged
    assert PASSWORD not in logged
    assert "login.refused" in logged


def test_the_new_session_carries_the_users_roles():
    make_user("sam", is_staff=True)

    assert access_claims(sign_in(User.objects.get()))["roles"] == ["staff"]
