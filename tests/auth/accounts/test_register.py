"""Making accounts: whole, once, and told to Posts."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from auth_project.accounts import passwords
from auth_project.accounts.models import User
from auth_project.accounts.services import register as service
from auth_project.events import outbox
from auth_project.events.models import OutboxEvent
from shared.events import UserRegistered
from shared.problems import ServiceUnavailable
from tests.auth.conftest import Api
from tests.auth.fakes import PASSWORD, make_user

PATH = "/api/v1/auth/register"


def body(**changes: Any) -> dict[str, Any]:
    return {"username": "ada", "email": "ada@example.com", "password": PASSWORD} | changes


def test_registering_answers_the_user_and_tokens_that_work(api):
    response = api.post(PATH, body(username="Ada_L", display_name="Ada Lovelace"))

    user = User.objects.get()
    answer = response.json()
    assert response.status_code == 201
    assert response["Location"] == "/api/v1/users/ada_l"
    assert response["Cache-Control"] == "no-store"
    assert set(answer) == {"user", "access", "refresh", "expires_in", "token_type"}
    assert answer["user"] == {
        "id": str(user.pk),
        "username": "ada_l",
        "display_name": "Ada Lovelace",
        "bio": "",
        "avatar_url": None,
        "is_private": False,
        "created_at": f"{user.created_at:%Y-%m-%dT%H:%M:%S}.{user.created_at.microsecond // 1000:03d}Z",
    }
    assert (answer["expires_in"], answer["token_type"]) == (300, "Bearer")
    assert Api(answer["access"]).get("/api/v1/users/me").status_code == 200


def test_registering_records_one_event_with_the_whole_state(api):
    api.post(PATH, body())

    user, event = User.objects.get(), OutboxEvent.objects.get()
    envelope = event.envelope()
    assert (envelope.type, envelope.source, envelope.subject) == ("user.registered", "auth", str(user.pk))
    assert envelope.sequence == user.version == 1
    assert envelope.payload() == UserRegistered(user=user.public_state)


def test_the_display_name_is_the_username_where_none_is_given(api):
    assert api.post(PATH, body()).json()["user"]["display_name"] == "ada"


@pytest.mark.asvs("15.3.1", "8.3.3")
def test_no_password_or_address_is_answered_or_told_to_posts(api):
    response = api.post(PATH, body())

    assert PASSWORD not in response.content.decode()
    assert "ada@example.com" not in response.content.decode()
    assert "ada@example.com" not in str(OutboxEvent.objects.get().data)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"username": "ad"}, "username", "invalid"),
        ({"username": "ada-l"}, "username", "invalid"),
        ({"username": "а" * 5}, "username", "invalid"),
        ({"username": "Admin"}, "username", "reserved"),
        ({"username": "me"}, "username", "invalid"),
        ({"username": "ADA"}, "username", "taken"),
        ({"email": "ada"}, "email", "invalid"),
        ({"email": "eve@example.com\r\nBcc: all@example.com"}, "email", "single_line"),
        ({"email": "EVE@example.com"}, "email", "taken"),
        ({"password": "short"}, "password", "min_length"),
        ({"password": "x" * 257}, "password", "max_length"),
        ({"password": "password123"}, "password", "too_common"),
        ({"username": "charles", "password": "charles is great"}, "password", "too_similar"),
        ({"password": 12345678}, "password", "invalid"),
        ({"username": ["ada"]}, "username", "invalid"),
        ({"username": {"$ne": ""}}, "username", "invalid"),
        ({"username": None}, "username", "null"),
        ({"display_name": "x" * 51}, "display_name", "max_length"),
        ({"display_name": "a\x00b"}, "display_name", "forbidden_characters"),
        ({"is_staff": True}, "is_staff", "unknown_field"),
        ({"id": "1"}, "id", "unknown_field"),
        ({"version": 7}, "version", "unknown_field"),
        ({"$where": "1"}, "$where", "unknown_field"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(api, changes, field, code):
    make_user("ada", email="first@example.com")
    make_user("eve")

    response = api.post(PATH, body(username="bob", email="bob@example.com") | changes)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "validation_error"
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]
    assert (User.objects.count(), OutboxEvent.objects.count()) == (2, 0)


def test_all_faults_are_told_at_once(api):
    make_user("ada")

    response = api.post(PATH, {"username": "ada", "email": "nowhere", "password": "short", "role": "admin"})

    assert {(error["field"], error["code"]) for error in response.json()["errors"]} == {
        ("username", "taken"),
        ("email", "invalid"),
        ("password", "min_length"),
        ("role", "unknown_field"),
    }


@pytest.mark.asvs("2.3.4", "15.4.1")
def test_fifty_registrations_of_one_name_at_once_make_one_user_one_event_and_one_hash(monkeypatch):
    hashed: list[str] = []

    def counted(password: str) -> str:
        hashed.append(password)
        return passwords.hashed(password)

    monkeypatch.setattr(service, "passwords", SimpleNamespace(hashed=counted))

    def attempt(number: int) -> Any:
        try:
            return Api().post(PATH, body(email=f"ada{number}@example.com"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        responses = list(pool.map(attempt, range(50)))

    refusals = [response.json() for response in responses if response.status_code != 201]
    assert len(refusals) == 49
    assert {(one["status"], one["errors"][0]["field"], one["errors"][0]["code"]) for one in refusals} == {
        (400, "username", "taken")
    }
    assert (User.objects.count(), OutboxEvent.objects.count(), len(hashed)) == (1, 1, 1)


def test_a_name_whose_registration_failed_is_free_at_once(monkeypatch):
    def busy(password: str) -> str:
        raise ServiceUnavailable

    with monkeypatch.context() as overloaded:
        overloaded.setattr(service, "passwords", SimpleNamespace(hashed=busy))
        with pytest.raises(ServiceUnavailable):
            service.register(username="ada", email="ada@example.com", password=PASSWORD)

    assert service.register(username="ada", email="ada@example.com", password=PASSWORD).username == "ada"


def test_a_name_that_is_taken_between_look_and_write_is_refused():
    make_user("ada")

    with pytest.raises(service.ValidationProblem) as refusal:
        service.register(username="ada", email="new@example.com", password=PASSWORD)

    assert [(error.field, error.code) for error in refusal.value.errors] == [("username", "taken")]
    assert OutboxEvent.objects.count() == 0


def test_an_id_that_two_processes_drew_is_drawn_again(monkeypatch):
    eve = make_user("eve")
    draws = iter([eve.pk, eve.pk + 1])
    monkeypatch.setattr(service, "new_id", lambda: next(draws))

    ada = service.register(username="ada", email="ada@example.com", password=PASSWORD)

    assert ada.pk == eve.pk + 1


@pytest.mark.asvs("2.3.3")
def test_no_user_without_their_event(monkeypatch):
    def broken(**_: Any) -> None:
        raise RuntimeError("after the user was written")

    monkeypatch.setattr(outbox, "record", broken)

    with pytest.raises(RuntimeError):
        service.register(username="ada", email="ada@example.com", password=PASSWORD)

    assert User.objects.count() == 0
