"""Hostile values in every field of every body and in every parameter: refused or taken as text, never obeyed."""

import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from auth_project.accounts import passwords
from auth_project.accounts.models import User
from tests.auth.conftest import SignedIn
from tests.auth.fakes import PASSWORD, make_user
from tests.hostile_values import (
    OPERATORS,
    OTHER_TYPES,
    TEXTS,
    UNSTORABLE,
    answers_at_addresses,
    answers_to_parameter,
    assert_is_refused,
)
from tests.operations import Operation, operations

pytestmark = pytest.mark.slow

WITH_BODY = [
    (operation, name)
    for operation in operations("auth")
    for name, schema in operation.body.items()
    if schema.get("type") == "string"
]
WITH_QUERY = [(operation, name) for operation in operations("auth") for name in operation.query]
WITH_ADDRESS = [operation for operation in operations("auth") if "{" in operation.path]
GOOD: dict[str, Any] = {
    "login": "ada", "username": "new_name", "email": "new@example.com", "password": PASSWORD, "otp": "123456",
    "current_password": PASSWORD, "new_password": "seven quiet otters paint", "token": "A" * 43, "code": "123456",
    "refresh": "A" * 91, "display_name": "Ada", "bio": "", "locale": "en",
    # Of both ceremonies: what one does not name it leaves alone.
    "credential": {
        "id": "A" * 43, "rawId": "A" * 43, "type": "public-key",
        "response": dict.fromkeys(("clientDataJSON", "attestationObject", "authenticatorData", "signature"), "AAAA"),
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fast(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password costs nothing here: thousands are tried."""
    settings.RATE_LIMIT_SCALE = 1_000_000
    monkeypatch.setattr(passwords, "matches", lambda user, password, **_: user is not None and password == PASSWORD)
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {len(password)}")


def send(ada: SignedIn, operation: Operation, changes: dict[str, Any]) -> HttpResponse:
    body = {name: GOOD[name] for name in operation.body if name in GOOD} | changes
    return ada.api.send(operation.method, operation.address(), json.dumps(body))


def contents() -> list[list[object]]:
    return [list(connection.database[name].find()) for name in ("users", "sessions", "outbox")]


@pytest.mark.asvs("1.2.4", "2.2.1", "2.2.2", "8.2.3", "15.3.5", "1.4.2")
@pytest.mark.parametrize("operation", dict.fromkeys(operation for operation, _ in WITH_BODY), ids=str)
def test_what_is_no_text_is_refused_in_every_text(ada: SignedIn, operation: Operation):
    """In all fields at once, as all faults are told at once."""
    texts = {name for other, name in WITH_BODY if other == operation}
    before = contents()
    for what, value in (OPERATORS | OTHER_TYPES).items():
        response = send(ada, operation, dict.fromkeys(texts, value))
        assert_is_refused(response, what)
        assert {error["field"] for error in response.json()["errors"]} >= texts, what
    for what, value in UNSTORABLE.items():
        for name in texts:
            assert_is_refused(send(ada, operation, {name: value}), what)
    assert contents() == before


@pytest.mark.asvs("1.1.1", "1.2.4", "1.3.7", "1.3.10")
@pytest.mark.parametrize(("operation", "name"), WITH_BODY, ids=str)
def test_a_text_is_nothing_but_a_text(ada: SignedIn, operation: Operation, name: str):
    """Refused, or stored as it is; `bob` is somebody whom no text of Ada's touches."""
    bob = make_user("bob")
    for what, text in TEXTS.items():
        response = send(ada, operation, {name: text})
        assert response.status_code < 500, what
        if response.status_code >= 400:
            assert_is_refused(response, what)
        if response.status_code == 200 and name in ("display_name", "bio") and operation.id == "update_me":
            assert response.json()[name] == User.objects.get(pk=ada.user.pk).__dict__[name], what
        make_again(ada)
    assert User.objects.filter(pk=bob.pk).values().get() == bob_as(bob)


@pytest.mark.asvs("1.2.4", "1.2.9", "15.3.7")
@pytest.mark.parametrize(("operation", "name"), WITH_QUERY, ids=str)
def test_a_parameter_is_nothing_but_a_text(ada: SignedIn, operation: Operation, name: str):
    for what, response in answers_to_parameter(ada.api.get, operation.address(), name):
        if response.status_code == 200 and (operation.id, name) == ("list_users", "q"):
            assert response.json()["results"] == [], what


@pytest.mark.asvs("1.1.1", "1.2.4", "1.4.2")
@pytest.mark.parametrize("operation", WITH_ADDRESS, ids=str)
def test_an_address_finds_nothing_but_what_it_says(ada: SignedIn, operation: Operation):
    for what, response in answers_at_addresses(lambda path: ada.api.send(operation.method, path, b""), operation):
        assert response.status_code >= 400, what


@pytest.mark.asvs("8.2.3", "15.3.3")
@pytest.mark.parametrize("operation", [operation for operation in operations("auth") if operation.body], ids=str)
def test_no_column_is_set_that_was_not_offered(ada: SignedIn, operation: Operation):
    columns = {field.attname for field in User._meta.concrete_fields} - set(operation.body)
    for name in sorted(columns | {"_id", "pk", "roles", "$set", "user_id", "user", "is_admin", "a.b", ""}):
        response = send(ada, operation, {name: "x"})
        assert_is_refused(response, name)
        assert {"field": name, "code": "unknown_field"}.items() <= response.json()["errors"][0].items(), name


def make_again(ada: SignedIn) -> None:
    """Whatever a text that was good has done to Ada."""
    as_before = {"_id": ada.user.pk, "status": "active", "valid_after": None}
    if connection.database["users"].find_one(as_before, {"_id": 1}) is None:
        ada.user.save(force_insert=not User.objects.filter(pk=ada.user.pk).exists())


def bob_as(bob: User) -> dict[str, Any]:
    return {field.attname: getattr(bob, field.attname) for field in User._meta.concrete_fields} | {
        "created_at": User.objects.get(pk=bob.pk).created_at
    }
