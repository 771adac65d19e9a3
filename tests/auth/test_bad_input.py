"""Whatever is sent to whatever is there: a problem of class 4xx, and nothing changed."""

import json
from typing import Any

import pytest
from django.db import connection

from tests.auth.conftest import SignedIn
from tests.auth.fakes import PASSWORD

REGISTER = {"username": "eve", "email": "eve@example.com", "password": PASSWORD}
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "register": ("POST", "/api/v1/auth/register", REGISTER),
    "login": ("POST", "/api/v1/auth/login", {"login": "ada", "password": PASSWORD}),
    "refresh": ("POST", "/api/v1/auth/refresh", {"refresh": "x"}),
    "update me": ("PATCH", "/api/v1/users/me", {"bio": "new"}),
    "rename me": ("PATCH", "/api/v1/users/me", {"username": "eve"}),
    "deactivate": ("POST", "/api/v1/users/me/deactivate", {"password": PASSWORD}),
    "erase": ("DELETE", "/api/v1/users/me", {"password": PASSWORD}),
    "verify e-mail": ("POST", "/api/v1/auth/email/verify", {"token": "x"}),
    "change e-mail": ("POST", "/api/v1/auth/email/change", {"email": "eve@example.com", "password": PASSWORD}),
}
BODIES: dict[str, tuple[bytes, str]] = {
    "blank": (b" ", "application/json"),
    "not JSON": (b"{", "application/json"),
    "a list": (b"[]", "application/json"),
    "a text": (b'"x"', "application/json"),
    "null": (b"null", "application/json"),
    "ten megabytes": (b'{"bio": "' + b"x" * 10_000_000 + b'"}', "application/json"),
    "a thousand deep": (b'{"bio":' * 1_000 + b"1" + b"}" * 1_000, "application/json"),
    "lists a hundred thousand deep": (b'{"bio":' + b"[" * 100_000, "application/json"),
    "a lone surrogate": (b'{"bio": "\\ud800", "username": "\\udfff"}', "application/json"),
    "a byte order mark": (b'\xef\xbb\xbf{"bio": "x"}', "application/json"),
    "not UTF-8": (b'{"bio": "\xff"}', "application/json"),
    "NaN": (b'{"bio": NaN}', "application/json"),
    "a huge number": (b'{"bio": 1e400}', "application/json"),
    "digits": (b'{"bio": ' + b"9" * 5_000 + b"}", "application/json"),
    "a repeated key": (b'{"bio": "x", "bio": "y"}', "application/json"),
    "a form": (b"bio=x&username=eve", "application/x-www-form-urlencoded"),
    "a multipart form": (b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    "plain text": (b'{"bio": "x"}', "text/plain"),
    "another charset": ('{"bio": "x"}'.encode("utf-16"), "application/json; charset=utf-16"),
    "XML": (b"<bio>x</bio>", "application/xml"),
}
VALUES: dict[str, Any] = {
    "null": None,
    "a number": 5,
    "a huge integer": 2**63,
    "true": True,
    "a list": ["x"],
    "an operator": {"$ne": ""},
    "a pattern": {"$regex": ".*"},
    "NUL": "a\x00b",
    "a control character": "a\x1bb",
    "an override": "a\u202eb",
    "a million characters": "x" * 1_000_000,
}


@pytest.fixture(autouse=True)
def _nothing_changes(ada: SignedIn):
    before = contents()
    yield
    assert contents() == before


def contents() -> dict[str, list[Any]]:
    return {name: list(connection.database[name].find()) for name in ("users", "sessions", "outbox", "mails")}


def assert_refused(response: Any) -> None:
    assert 400 <= response.status_code < 500
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["code"] != "internal_error"
    assert problem["request_id"] == response["X-Request-ID"]


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.asvs("1.5.3", "3.5.2")
def test_a_body_that_is_no_json_object_is_refused(ada, operation, kind):
    method, path, _ = OPERATIONS[operation]
    body, content_type = BODIES[kind]

    assert_refused(ada.api.send(method, path, body, content_type))


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_of_another_type_or_size_is_refused_in_every_field(ada, operation, kind):
    method, path, good = OPERATIONS[operation]
    for field in good:
        assert_refused(ada.api.send(method, path, json.dumps(good | {field: VALUES[kind]})))


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "field",
    ["id", "_id", "username_ci", "email_ci", "is_staff", "is_superuser", "is_active", "status", "version", "created_at",
     "valid_after", "email_verified", "password_hash", "$set", "$where", "a.b", "__proto__", "", "\x00"],
)  # fmt: skip
@pytest.mark.asvs("8.2.3", "15.3.3")
def test_a_field_that_is_not_known_is_refused(ada, operation, field):
    method, path, good = OPERATIONS[operation]

    response = ada.api.send(method, path, json.dumps(good | {field: "x"}))

    assert_refused(response)
    assert {"field": field, "code": "unknown_field", "detail": "This field is not known here."} in response.json()[
        "errors"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/users/a%00b",
        "/api/v1/users/%ED%A0%80",
        "/api/v1/users/%FF",
        "/api/v1/users/ada?x=%00",
        "/api/v1/users/ada?x=%ED%A0%80",
        "/api/v1/users/ada?x=1&x=2",
        "/api/v1/nowhere",
        "/%2e%2e/etc/passwd",
        "/internal/v1/users?ids=9223372036854775808",
    ],
)
@pytest.mark.asvs("1.4.2", "15.3.7")
def test_a_bad_path_or_query_is_refused(api, path):
    assert_refused(api.get(path))


@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/users/me",
     "/api/v1/users/ada", "/.well-known/jwks.json", "/internal/v1/users", "/internal/v1/credentials/check"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PROPFIND", "OPTIONS"])
@pytest.mark.asvs("4.1.4")
def test_a_method_that_is_not_declared_is_refused(ada, method, path):
    assert_refused(ada.api.send(method, path, b""))


def test_a_compressed_body_is_refused(api):
    response = api.send("POST", "/api/v1/auth/login", b"\x1f\x8b", **{"Content-Encoding": "gzip"})

    assert response.status_code == 415
    assert_refused(response)


def test_a_refused_secret_is_not_repeated(api):
    response = api.post("/api/v1/auth/register", REGISTER | {"password": "s3cr3t\u00e9"})

    assert "s3cr3t" not in response.content.decode()
    assert_refused(response)
