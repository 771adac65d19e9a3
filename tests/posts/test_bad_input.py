"""Whatever is sent: a problem with a stable code, never a 500, and nothing changes."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from posts_project.follows.models import Follow
from posts_project.posts.models import Post
from tests.posts.people import Person, Visitor, access_token

DEEP = '{"text":' + "[" * 1000 + "]" * 1000 + "}"

BODIES: dict[str, tuple[bytes, str, int, str]] = {
    "unknown field": (b'{"text":"x","likes":5}', "application/json", 400, "validation_error"),
    "wrong type": (b'{"text":5}', "application/json", 400, "validation_error"),
    "NUL": (b'{"text":"a\\u0000b"}', "application/json", 400, "validation_error"),
    "lone surrogate": (b'{"text":"a\\ud800b"}', "application/json", 400, "parse_error"),
    "2^63": (b'{"text":"x","in_reply_to":9223372036854775808}', "application/json", 400, "validation_error"),
    "2^63 as text": (b'{"text":"x","in_reply_to":"9223372036854775808"}', "application/json", 400, "validation_error"),
    "1e400": (b'{"text":1e400}', "application/json", 400, "parse_error"),
    "10 MB": (b'{"text":"' + b"x" * 10_000_000 + b'"}', "application/json", 413, "payload_too_large"),
    "1,000 deep": (DEEP.encode(), "application/json", 400, "parse_error"),
    "form": (b"text=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    "multipart": (b"--x--", "multipart/form-data; boundary=x", 415, "unsupported_media_type"),
    "plain text": (b"x", "text/plain", 415, "unsupported_media_type"),
    "charset": ('{"text":"x"}'.encode("utf-16"), "application/json; charset=utf-16", 415, "unsupported_media_type"),
    "not UTF-8": (b'{"text":"\xff"}', "application/json", 400, "parse_error"),
    "BOM": (b'\xef\xbb\xbf{"text":"x"}', "application/json", 400, "parse_error"),
    "NaN": (b'{"text":NaN}', "application/json", 400, "parse_error"),
    "key twice": (b'{"text":"x","text":"y"}', "application/json", 400, "parse_error"),
    "half": (b'{"text":', "application/json", 400, "parse_error"),
    "list": (b'["text"]', "application/json", 400, "parse_error"),
    "text": (b'"text"', "application/json", 400, "parse_error"),
    "null": (b"null", "application/json", 400, "parse_error"),
    "control characters": (b'{"text":"\\u202egnp.exe"}', "application/json", 400, "validation_error"),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_body(method: str, name: str, ada: Person) -> None:
    content, kind, status, code = BODIES[name]
    post = ada.writes("untouched")
    path = "/api/v1/posts" if method == "post" else f"/api/v1/posts/{post['id']}"

    headers = {"Authorization": f"Bearer {ada.token}"}
    response = Client().generic(method.upper(), path, content, kind, headers=headers)

    assert_problem(response, status, code)
    assert list(Post.objects.values_list("text", flat=True)) == ["untouched"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.0", "limit=%00", "limit=", "limit=1&limit=2",
        "cursor=x", "cursor=", "cursor=%00", "cursor=%ED%A0%80", f"limit={2**63}", "limit=%D9%A1", "cursor=a:b:c",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["timelines/home", "timelines/public", "timelines/profiles/ada", "follow-requests"])
def test_query_of_a_list(path: str, query: str, ada: Person) -> None:
    response = ada.get(f"/api/v1/{path}?{query}")

    assert response.status_code == 400
    assert_problem(response, 400, response.json()["code"])


@pytest.mark.parametrize(
    "name", ["%00", "a%00b", "%ED%A0%80", "..%2F..", "x" * 5000, "%27--", "~1", "%F0%9F%91%8D", "*"]
)
@pytest.mark.parametrize(
    "path", ["profiles/{}", "timelines/profiles/{}", "profiles/{}/follow", "follow-requests/{}/accept"]
)
def test_name_in_a_path(path: str, name: str, ada: Person) -> None:
    visit = ada.put if path.endswith(("follow", "accept")) else ada.get

    response = visit("/api/v1/" + path.format(name))

    assert response.status_code in (400, 404)
    assert_problem(response, response.status_code, response.json()["code"])
    assert not Follow.objects.exists()


def bad_tokens(ada: Person) -> dict[str, tuple[str, str]]:
    stranger = Ed25519PrivateKey.generate()
    good = access_token(ada.id, "ada")
    head, payload, signature = good.split(".")
    our_kid = jwt.get_unverified_header(good)["kid"]
    now = int(time.time())

    def token(**changes: Any) -> str:
        return access_token(ada.id, "ada", **changes)

    return {
        "expired": (token(iat=now - 600, nbf=now - 600, exp=now - 300), "token_expired"),
        "foreign key": (token(key=stranger), "token_invalid"),
        "foreign key, our kid": (token(key=stranger, headers={"kid": our_kid}), "token_invalid"),
        "unsigned": (jwt.encode({"sub": str(ada.id)}, None, algorithm="none"), "token_invalid"),
        "no signature": (f"{head}.{payload}.", "token_invalid"),
        "changed": (f"{head}.{payload[:-2]}xx.{signature}", "token_invalid"),
        "other audience": (token(aud=["auth"]), "token_invalid"),
        "other issuer": (token(iss="https://elsewhere.example"), "token_invalid"),
        "other type": (token(headers={"typ": "svc+jwt"}), "token_invalid"),
        "not yet": (token(nbf=now + 600), "token_invalid"),
        "number as subject": (token(sub=5), "token_invalid"),
        "subject out of range": (token(sub=str(2**63)), "token_invalid"),
        "symmetric": (jwt.encode({"sub": "1"}, "x" * 32, algorithm="HS256"), "token_invalid"),
        "nonsense": ("nonsense", "token_invalid"),
        "100 kB": ("x" * 100_000, "token_invalid"),
    }  # fmt: skip


@pytest.mark.parametrize("name", [
    "expired", "foreign key", "foreign key, our kid", "unsigned", "no signature", "changed", "other audience",
    "other issuer", "other type", "not yet", "number as subject", "subject out of range", "symmetric", "nonsense",
    "100 kB",
])  # fmt: skip
def test_token(name: str, ada: Person) -> None:
    token, code = bad_tokens(ada)[name]
    visitor = Visitor(token=token)

    answers = [
        visitor.get("/api/v1/timelines/home"),
        visitor.get("/api/v1/timelines/public"),
        visitor.get("/api/v1/profiles/ada"),
        visitor.post("/api/v1/posts", {"text": "x"}),
        visitor.put("/api/v1/profiles/ada/follow"),
    ]

    for answer in answers:
        assert_problem(answer, 401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert not Post.objects.exists()


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "bearer", "x" * 9000, "Token abc"])
def test_authorization_of_another_kind(header: str, db: None) -> None:
    assert_problem(Client().get("/api/v1/timelines/public", headers={"Authorization": header}), 401, "token_invalid")


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", "/api/v2/posts", "/internal/v1/nothing", "/api/v1/posts/1/2"]
)
def test_unknown_path(path: str, db: None) -> None:
    assert_problem(Client().get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", "/api/v1/posts"),
        ("put", "/api/v1/posts/1"),
        ("post", "/api/v1/timelines/home"),
        ("get", "/api/v1/profiles/ada/follow"),
        ("trace", "/api/v1/posts"),
        ("get", "/internal/v1/events"),
        ("get", "/internal/v1/exports"),
    ],
)
def test_method_that_is_not_there(method: str, path: str, ada: Person) -> None:
    response = getattr(Client(), method)(path, headers={"Authorization": f"Bearer {ada.token}"})

    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"]


def assert_problem(response: Any, status: int, code: str) -> None:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert (body["status"], body["code"]) == (status, code)
