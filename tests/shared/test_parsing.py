"""Bodies are read strictly, and a fault is 4xx before any view sees it."""

import json
import time

import pytest

from shared.parsing import MAX_BODY_BYTES, loads_object
from shared.problems import ParseProblem

DEEP = b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":["\\udfff"]}',
        b'{"\\ud800":1}',
        DEEP,
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
)
@pytest.mark.asvs("1.5.3")
def test_what_two_readers_could_understand_differently_is_refused(body):
    with pytest.raises(ParseProblem):
        loads_object(body)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "[" * 1000 + '\\"{'},
        {"a": "\U0001f600"},
        {"a": {"b": [1, 2.5, None, True, {"c": "\u0000"}]}},
        {},
    ],
)
def test_plain_json_is_read_as_it_stands(value):
    assert loads_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize("hostile", [b'\\"', b"\\", b'"', b'\\\\"', b'"\\', b"[]", b'"a",'])
@pytest.mark.asvs("15.2.2")
def test_reading_a_body_takes_a_moment_whatever_is_sent(hostile):
    body = (b'{"a": "' + hostile * MAX_BODY_BYTES)[:MAX_BODY_BYTES]
    started = time.process_time()

    with pytest.raises(ParseProblem):
        loads_object(body)

    assert time.process_time() - started < 3  # gone through once for each quote, it would be hours


def test_depth_32_is_the_last_that_is_read():
    assert loads_object(b'{"a":' * 32 + b"1" + b"}" * 32)


@pytest.mark.parametrize(
    ("content_type", "extra", "status", "code"),
    [
        ("application/x-www-form-urlencoded", {}, 415, "unsupported_media_type"),
        ("multipart/form-data; boundary=x", {}, 415, "unsupported_media_type"),
        ("text/plain", {}, 415, "unsupported_media_type"),
        ("application/json; charset=latin-1", {}, 415, "unsupported_media_type"),
        ("application/json", {"Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
        ("application/json; charset=UTF-8", {}, 200, None),
        ("application/json", {"Content-Encoding": "identity"}, 200, None),
    ],
)
@pytest.mark.asvs("3.5.2", "1.5.3")
def test_only_plain_utf_8_json_is_a_body(client, content_type, extra, status, code):
    response = client.post("/api/v1/echo", b'{"text":"hi"}', content_type=content_type, headers=extra)

    assert (response.status_code, response.json().get("code")) == (status, code)


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000_000])
def test_a_body_over_a_mebibyte_is_413(client, size):
    response = client.post("/api/v1/echo", b'{"text":"' + b"a" * size + b'"}', content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_a_body_of_a_thousand_levels_is_400(client):
    response = client.post("/api/v1/echo", DEEP, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
