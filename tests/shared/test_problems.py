"""Every error answer of a service has one shape, wherever it comes from."""

import json
import logging

import pytest
from django.test import Client


def problem(response) -> dict:
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body.pop("request_id") == response["X-Request-ID"]
    return body


def test_an_expected_refusal_is_told_whole(client):
    assert problem(client.get("/api/v1/raise/conflict")) == {
        "type": "urn:problem:conflict",
        "title": "This conflicts with the present state",
        "status": 409,
        "detail": "Twice",
        "instance": "/api/v1/raise/conflict",
        "code": "conflict",
    }


@pytest.mark.asvs("16.5.1")
def test_a_bug_tells_nothing_but_the_request_id(client, caplog):
    with caplog.at_level(logging.ERROR, logger="django.request"):
        response = client.get("/api/v1/raise/bug")

    assert response.status_code == 500
    assert problem(response)["code"] == "internal_error"
    assert b"secret" not in response.content


@pytest.mark.asvs("16.3.2")
def test_who_asked_for_what_they_may_not_do_is_logged(client, caplog):
    client.get("/api/v1/raise/denied")
    client.get("/api/v1/private")

    (record,) = [record for record in caplog.records if record.msg == "access.denied"]
    assert (record.reason, record.view, record.user_id) == ("permission_denied", "RaisingView", 0)


def test_django_permission_errors_do_not_tell_their_reason(client):
    response = client.get("/api/v1/raise/denied")

    assert (response.status_code, problem(response)["code"]) == (403, "permission_denied")
    assert b"secret" not in response.content


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nowhere", 404, "not_found"),
        ("get", "/api/v1/echo", 405, "method_not_allowed"),
        ("trace", "/api/v1/echo", 405, "method_not_allowed"),
        ("options", "/api/v1/echo", 405, "method_not_allowed"),
        ("put", "/api/v1/private", 405, "method_not_allowed"),
        ("post", "/healthz", 405, "method_not_allowed"),
        ("get", "/plain", 405, "method_not_allowed"),
        ("post", "/plain", 409, "conflict"),
        ("get", "/api/v1/private", 401, "not_authenticated"),
        ("get", "/api/v1/raise/conflict?a=1&a=2", 400, "validation_error"),
        ("get", "/api/v1/raise/conflict?a=%00", 400, "parse_error"),
        ("get", "/api/v1/raise/conflict?%ed%a0%80=1", 400, "parse_error"),
        ("get", "/api/v1/raise/%00", 400, "parse_error"),
        ("get", "/api/v1/raise/%ed%a0%80", 400, "parse_error"),
        ("get", "/api/v1/raise/%ff", 400, "parse_error"),
    ],
)
@pytest.mark.asvs("4.1.1")
def test_errors_from_outside_of_the_views_have_the_shape_too(client, method, path, status, code):
    response = getattr(client, method)(path)

    assert (response.status_code, problem(response)["code"]) == (status, code)


def test_a_foreign_host_is_a_problem_and_no_fault_of_ours(client, caplog):
    response = client.get("/api/v1/raise/conflict", headers={"host": "evil.test"})

    assert (response.status_code, problem(response)["code"]) == (400, "parse_error")
    assert [record.name for record in caplog.records] == ["access"]


def test_an_accept_header_that_nobody_can_meet_is_406(client):
    response = client.get("/api/v1/raise/conflict", headers={"accept": "image/png"})

    assert (response.status_code, problem(response)["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_a_document_is_refused_in_json_too(client, path):
    response = client.get(path, headers={"accept": "image/png"})

    assert (response.status_code, problem(response)["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("path", ["/api/v1/echo", "/plain"])
def test_a_refused_method_names_the_allowed_ones(client, path):
    allowed = client.get(path)["Allow"]

    assert "POST" in allowed
    assert "OPTIONS" not in allowed


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/healthz", "/readyz", "/metrics", "/api/docs", "/api/schema"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PROPFIND"])
@pytest.mark.asvs("4.1.4")
def test_what_can_only_be_read_says_so_and_asks_for_no_form_token(path, method):
    response = Client(enforce_csrf_checks=True).generic(method, path)

    assert (response.status_code, problem(response)["code"]) == (405, "method_not_allowed")
    assert "GET" in response["Allow"]


def test_a_missing_token_is_challenged(client):
    assert client.get("/api/v1/private")["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/raise/conflict", "/nowhere", "/healthz", "/api/v1/raise/bug"])
@pytest.mark.asvs("3.4.3", "3.4.4", "3.4.5", "3.4.6")
def test_every_answer_has_the_security_headers(client, path):
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; frame-ancestors 'none'")


@pytest.mark.asvs("14.3.2")
def test_answers_of_the_api_are_not_stored(client):
    assert client.get("/api/v1/raise/conflict")["Cache-Control"] == "no-store"
