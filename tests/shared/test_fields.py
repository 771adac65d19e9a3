"""Fields take exactly their type, and all faults of a body are told at once."""

import pytest


def errors(client, body) -> dict[str, str]:
    response = client.post("/api/v1/echo", body, content_type="application/json")
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("id", 5, "invalid"),
        ("id", "0", "invalid"),
        ("id", "-1", "invalid"),
        ("id", "9223372036854775808", "invalid"),
        ("id", "9" * 5000, "invalid"),
        ("id", "\u0661", "invalid"),
        ("id", {"$ne": ""}, "invalid"),
        ("id", None, "null"),
        ("text", 5, "invalid"),
        ("text", True, "invalid"),
        ("text", [], "invalid"),
        ("text", "", "blank"),
        ("text", "   ", "blank"),
        ("text", "a" * 11, "max_length"),
        ("text", "a\x00b", "forbidden_characters"),
        ("text", "a\u202eb", "forbidden_characters"),
        ("text", "a\nb", "single_line"),
        ("lines", "a\x1bb", "forbidden_characters"),
        ("secret", 5, "invalid"),
        ("secret", "a" * 21, "max_length"),
        ("flag", "true", "invalid"),
        ("flag", 1, "invalid"),
        ("number", "5", "invalid"),
        ("number", True, "invalid"),
        ("number", 5.0, "invalid"),
        ("number", 2**63, "max_value"),
        ("number", -(2**64), "min_value"),
        ("choice", "green", "invalid_choice"),
        ("choice", ["red"], "invalid_choice"),
        ("choice", {}, "invalid_choice"),
        ("at", "2026-11-22T09:30:00", "invalid"),
        ("at", "yesterday", "invalid"),
        ("at", 5, "invalid"),
        ("at", "9999-12-31T23:59:59-23:00", "invalid"),
        ("inner", "text", "invalid"),
        ("shown", "text", "unknown_field"),
        ("nobody", 1, "unknown_field"),
        ("is_staff", True, "unknown_field"),
    ],
)
def test_another_type_or_range_is_refused(client, field, value, code):
    assert errors(client, {field: value}) == {field: code}


def test_all_faults_are_told_at_once(client):
    body = {"id": 5, "flag": "no", "inner": {"name": "too long", "age": 3}, "nobody": 1}

    assert errors(client, body) == {
        "id": "invalid",
        "flag": "invalid",
        "inner.name": "max_length",
        "inner.age": "unknown_field",
        "nobody": "unknown_field",
    }


def test_good_values_come_back_in_their_wire_form(client):
    body = {
        "id": "9223372036854775807",
        "text": "Cafe\u0301",
        "lines": "one\n\ttwo",
        "flag": False,
        "number": 9,
        "choice": "blue",
        "at": "2026-11-22T10:30:00.1239+01:00",
        "inner": {"name": "ada"},
    }

    answer = client.post("/api/v1/echo", body, content_type="application/json")

    assert (answer.status_code, answer.json()) == (
        200,
        body | {"text": "Caf\u00e9", "at": "2026-11-22T09:30:00.123Z"},
    )


def test_a_secret_is_never_answered_nor_trimmed(client):
    answer = client.post("/api/v1/echo", {"secret": "  a  "}, content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, {})


def test_length_is_counted_in_code_points_after_normalisation(client):
    assert client.post("/api/v1/echo", {"text": "\U0001f600" * 10}, content_type="application/json").status_code == 200
    assert client.post("/api/v1/echo", {"text": "e\u0301" * 10}, content_type="application/json").status_code == 200
