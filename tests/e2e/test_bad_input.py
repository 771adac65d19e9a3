"""Bad input over a real socket: always a 4xx problem with a stable code, never a 500, and nothing is written."""

import http.client
import json
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DEEP = b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"
CALLS = {
    "auth": [
        ("POST", "/api/v1/auth/register"),
        ("POST", "/api/v1/auth/login"),
        ("POST", "/api/v1/auth/refresh"),
        ("PATCH", "/api/v1/users/me"),
    ],
    "posts": [("POST", "/api/v1/posts"), ("PATCH", "/api/v1/posts/1")],
}
BODIES = [
    pytest.param(b"", "application/json", {400}, id="empty"),
    pytest.param(b"{", "application/json", {400}, id="cut"),
    pytest.param(b"[]", "application/json", {400}, id="list"),
    pytest.param(b'{"nobody":1}', "application/json", {400, 404}, id="unknown field"),
    pytest.param(b'{"is_staff":true,"id":"1"}', "application/json", {400, 404}, id="foreign fields"),
    pytest.param(b'{"text":5,"username":5,"login":5,"refresh":5,"bio":5}', "application/json", {400, 404}, id="types"),
    pytest.param(b'{"text":"a\\u0000","bio":"a\\u0000"}', "application/json", {400, 404}, id="nul"),
    pytest.param(b'{"text":"\\ud800"}', "application/json", {400}, id="lone surrogate"),
    pytest.param(b'{"text":{"$ne":""},"login":{"$gt":""}}', "application/json", {400, 404}, id="operators"),
    pytest.param(b'{"in_reply_to":"9223372036854775808"}', "application/json", {400, 404}, id="2^63"),
    pytest.param(b'{"in_reply_to":9223372036854775808}', "application/json", {400, 404}, id="2^63 as number"),
    pytest.param(b'{"text":1e999}', "application/json", {400}, id="infinite"),
    pytest.param(b'{"text":"a","text":"b"}', "application/json", {400}, id="repeated key"),
    pytest.param(DEEP, "application/json", {400}, id="1,000 levels"),
    pytest.param(b'{"text":"' + b"a" * 10_000_000 + b'"}', "application/json", {413}, id="10 MB"),
    pytest.param(b"text=a&username=b", "application/x-www-form-urlencoded", {415}, id="form"),
    pytest.param(b"text", "text/plain", {415}, id="text"),
    pytest.param('{"text":"é"}'.encode("latin-1"), "application/json; charset=latin-1", {415}, id="latin-1"),
]


def send(origin: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict, dict]:
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=20)
    try:
        connection.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"{}"), dict(response.headers)
    finally:
        connection.close()


def assert_is_problem(status: int, body: dict, headers: dict) -> None:
    assert headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(body)
    assert (body["status"], body["request_id"]) == (status, headers["x-request-id"])


@pytest.mark.parametrize(("content", "content_type", "statuses"), BODIES)
@pytest.mark.parametrize(("service", "call"), [(service, call) for service, calls in CALLS.items() for call in calls])
def test_a_bad_body_is_refused(stack, somebody, service, call, content, content_type, statuses):
    method, path = call
    origin = getattr(stack, f"{service}_url")
    token = {"Authorization": f"Bearer {somebody.access}"} if "auth/" not in path else {}

    status, body, headers = send(origin, method, path, content, Content_Type=content_type, **token)

    assert status in statuses, body
    assert_is_problem(status, body, {name.lower(): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/posts/%00", "/api/v1/posts/9223372036854775808", "/api/v1/posts/abc", "/api/v1/posts/-1",
        "/api/v1/posts?ids=1,x", "/api/v1/posts?ids=9223372036854775808", "/api/v1/posts?ids=", "/api/v1/posts?ids=%00",
        "/api/v1/profiles/%00", "/api/v1/profiles/%F0%9F%98%80", "/api/v1/profiles?ids=x", "/nowhere",
        "/api/v1/timelines/public?limit=0", "/api/v1/timelines/public?limit=101", "/api/v1/timelines/public?cursor=x",
        "/api/v1/timelines/public?limit=1&limit=2", "/api/v1/timelines/home?limit=9223372036854775808",
        "/api/v1/users/%00", "/api/v1/users/..%2f..", "/api/v1/users/a%00b",
    ],
)  # fmt: skip
def test_a_bad_path_or_query_is_refused(stack, somebody, path):
    origin = stack.auth_url if path.startswith("/api/v1/users") else stack.posts_url

    status, body, headers = send(origin, "GET", path, Authorization=f"Bearer {somebody.access}")

    assert status in {400, 404}, body
    assert_is_problem(status, body, {name.lower(): value for name, value in headers.items()})


def forged(access: str, **changes) -> str:
    claims = jwt.decode(access, options={"verify_signature": False}) | changes
    header = jwt.get_unverified_header(access)
    return jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda access: forged(access), id="another key"),
        pytest.param(lambda access: forged(access, sub="1", roles=["admin"]), id="another subject"),
        pytest.param(lambda access: access[:-4] + "AAAA", id="another signature"),
        pytest.param(lambda access: access.rsplit(".", 1)[0] + ".", id="no signature"),
        pytest.param(lambda access: "eyJhbGciOiJub25lIn0." + access.split(".")[1] + ".", id="alg none"),
        pytest.param(lambda access: access + "=", id="padded"),
        pytest.param(lambda access: "x" * 50, id="nonsense"),
    ],
)
@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("auth", "GET", "/api/v1/users/me"),
        ("auth", "POST", "/api/v1/auth/logout"),
        ("posts", "GET", "/api/v1/timelines/home"),
        ("posts", "POST", "/api/v1/posts"),
        ("posts", "GET", "/api/v1/timelines/public"),
        ("posts", "POST", "/internal/v1/events"),
        ("auth", "GET", "/internal/v1/users?ids=1"),
    ],
)
def test_a_forged_token_is_refused(stack, somebody, service, method, path, forge):
    origin = getattr(stack, f"{service}_url")

    status, body, headers = send(
        origin, method, path, b'{"text":"x"}' if method == "POST" else b"",
        Content_Type="application/json", Authorization=f"Bearer {forge(somebody.access)}",
    )  # fmt: skip

    assert (status, body["code"]) == (401, "token_invalid")
    assert_is_problem(status, body, {name.lower(): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [("posts", "POST", "/internal/v1/events"), ("auth", "GET", "/internal/v1/users?ids=1"),
     ("auth", "POST", "/internal/v1/credentials/check")],
)  # fmt: skip
def test_what_is_between_the_services_is_closed_to_people(stack, somebody, service, method, path):
    origin = getattr(stack, f"{service}_url")
    body = b"{}" if method == "POST" else b""

    anonymous = send(origin, method, path, body, Content_Type="application/json")
    person = send(
        origin, method, path, body, Content_Type="application/json", Authorization=f"Bearer {somebody.access}"
    )

    assert (anonymous[0], anonymous[1]["code"]) == (401, "not_authenticated")
    assert (person[0], person[1]["code"]) == (401, "token_invalid")
