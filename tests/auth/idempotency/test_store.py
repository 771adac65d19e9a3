"""Answers are kept with their effect, encrypted, and a key is worked on by one at a time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.idempotency.models import Answer
from auth_project.idempotency.store import purge_answers
from auth_project.tokens.models import Session
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import PASSWORD, make_user

ADA = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}


def register(body=ADA, key="one"):
    return Api().post("/api/v1/auth/register", body, **{"Idempotency-Key": key})


def test_a_registration_sent_again_gives_the_same_tokens_and_no_second_user():
    first, second = register(), register()

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (second["Idempotency-Replayed"], second["Location"]) == ("true", first["Location"])
    assert (User.objects.count(), Session.objects.count(), OutboxEvent.objects.count()) == (1, 1, 1)


def test_twenty_at_once_make_one_user_and_tell_the_others_to_wait_or_the_same():
    def attempt(_):
        try:
            return register()
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(attempt, range(20)))

    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.content for answer in made}) == 1
    assert (User.objects.count(), OutboxEvent.objects.count()) == (1, 1)


def test_another_body_with_the_key_is_refused_and_changes_nothing():
    register()

    answer = register(ADA | {"username": "eve", "email": "eve@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert User.objects.count() == 1


def test_a_refusal_is_the_same_again_even_when_it_would_not_be_any_more():
    taken = make_user("ada")
    first = register()
    taken.delete()

    assert (first.status_code, register().content) == (400, first.content)


def test_tokens_and_passwords_are_not_to_be_read_in_the_store():
    tokens = register().json()

    stored = str(list(connection.database["idempotent_answers"].find()))

    for secret in (tokens["access"], tokens["refresh"], PASSWORD, "ada@example.com"):
        assert secret not in stored


def test_answers_with_tokens_are_kept_for_ten_minutes_others_for_a_day(ada):
    register(ADA | {"username": "grace", "email": "grace@example.com"})
    ada.api.send("PATCH", "/api/v1/users/me", json.dumps({"bio": "y"}), **{"Idempotency-Key": "two"})

    kept = {answer.pk.split()[1]: answer.expires_at - timezone.now() for answer in Answer.objects.all()}

    assert timedelta(minutes=9) < kept["one"] <= timedelta(minutes=10)
    assert timedelta(hours=23) < kept["two"] <= timedelta(hours=24)


def test_a_claim_whose_worker_died_is_void_after_half_a_minute():
    register()
    dead = timezone.now() - timedelta(seconds=1)
    User.objects.all().delete()
    Answer.objects.update(status=None, claimed_until=timezone.now() + timedelta(seconds=20))
    assert register().json()["code"] == "idempotency_in_progress"

    Answer.objects.update(claimed_until=dead, expires_at=dead)

    assert register().status_code == 201


def test_an_expired_answer_is_forgotten_and_then_deleted():
    register()
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1), claimed_until=timezone.now())

    assert register().json()["errors"][0]["code"] == "taken"
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert purge_answers(now=timezone.now()) == 1


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "one"}])
def test_a_token_used_twice_ends_its_session_with_a_key_too(ada, api, key):
    first = ada.tokens.refresh
    for _ in range(2):
        second = api.post("/api/v1/auth/refresh", {"refresh": first}).json()["refresh"]
    api.post("/api/v1/auth/refresh", {"refresh": second})

    answer = api.post("/api/v1/auth/refresh", {"refresh": first}, **key)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_reused")
    assert Session.objects.get().end_reason == Session.EndReason.TOKEN_REUSED


ENDINGS = {
    "log out": ("POST", "/api/v1/auth/logout", b""),
    "end this session": ("DELETE", "/api/v1/auth/sessions/{session}", b""),
    "deactivate": ("POST", "/api/v1/users/me/deactivate", json.dumps({"password": PASSWORD})),
    "erase": ("DELETE", "/api/v1/users/me", json.dumps({"password": PASSWORD})),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_call_that_ends_its_own_session_is_answered_when_it_is_sent_again(ada, ending):
    method, path, body = ENDINGS[ending]
    path = path.format(session=Session.objects.get().pk)

    first = ada.api.send(method, path, body, **{"Idempotency-Key": "one"})
    events = OutboxEvent.objects.count()
    second = ada.api.send(method, path, body, **{"Idempotency-Key": "one"})

    assert first.status_code in (202, 204)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert OutboxEvent.objects.count() == events


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("POST", "/api/v1/auth/logout", "two"),
        ("POST", "/api/v1/users/me/deactivate", "two"),
        ("GET", "/api/v1/users/me", "one"),
        ("PATCH", "/api/v1/users/me", "one"),
        ("DELETE", "/api/v1/auth/sessions", "one"),
        ("POST", "/api/v1/users/me/export", "one"),
        ("POST", "/api/v1/auth/mfa/totp", "one"),
    ],
)
@pytest.mark.asvs("7.4.1")
def test_the_key_of_a_log_out_opens_nothing_else(ada, method, path, key):
    ada.api.send("POST", "/api/v1/auth/logout", b"", **{"Idempotency-Key": "one"})

    answer = ada.api.send(method, path, "{}", **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")


def test_the_key_of_a_log_out_is_of_no_use_to_another_person(ada):
    eve = sign_in(make_user("eve"))
    for person in (ada, eve):
        person.api.post("/api/v1/auth/logout", **({"Idempotency-Key": "one"} if person is ada else {}))

    answer = eve.api.post("/api/v1/auth/logout", **{"Idempotency-Key": "one"})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
