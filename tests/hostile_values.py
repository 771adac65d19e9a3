"""What no client of good will sends, made in code: for every field and every parameter of both services."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_from_bytes

from django.http import HttpResponse

from tests.operations import Operation

# Values that ask a database for something else than a value.
OPERATORS: dict[str, Any] = {
    f"{name} {operand!r:.20}": {name: operand}
    for name, operand in [
        ("$ne", ""), ("$gt", ""), ("$gte", ""), ("$lt", "~"), ("$in", ["", None]), ("$nin", []), ("$exists", True),
        ("$regex", ".*"), ("$where", "sleep(1000)"), ("$expr", {"$eq": [1, 1]}), ("$not", {"$eq": ""}), ("$type", 2),
        ("$or", [{}]), ("$jsonSchema", {}), ("$function", {"body": "1"}), ("$oid", "0" * 24), ("$date", 0),
        ("$numberLong", "1"), ("$set", {"is_staff": True}), ("__proto__", {"is_staff": True}), ("pk__gt", 0),
    ]
}  # fmt: skip

# Values of another type than text.
OTHER_TYPES: dict[str, Any] = {
    "null": None, "true": True, "zero": 0, "a number": 5, "minus one": -1, "a fraction": 1.5, "2^31": 2**31,
    "2^63": 2**63, "2^64": 2**64, "a list": ["ada"], "an empty list": [], "an empty object": {},
    "an object": {"a": "b"}, "a deep object": {"a": {"b": {"c": {}}}},
}  # fmt: skip

# Texts that mean something to somebody they are not meant for.
TEXTS: dict[str, str] = {
    "empty": "", "blank": "   ", "a pattern": ".*", "an unclosed pattern": "(((", "a class": "[a-", "a backslash": "\\",
    "an operator as text": '{"$ne": ""}', "an operator's name": "$where", "a field's name": "$username", "a dot": "a.b",
    "a quote": "' OR '1'='1", "a comment": "ada'--", "a statement": "'; DROP TABLE users; --", "a wildcard": "%_",
    "JavaScript": "'; return true; var a='", "markup": "<script>alert(1)</script>",
    "an image": '"><img src=x onerror=alert(1)>', "an address of a script": "javascript:alert(1)",
    "a template": "{{7*7}}{% debug %}${7*7}#{7*7}", "a format": "{0.__class__}%s%n%x{user.password}",
    "a path": "../../../../etc/passwd", "an encoded path": "%2e%2e%2f", "an encoded NUL": "a%2500",
    "a header": "a\r\nBcc: eve@example.com", "a line": "a\nb", "a tab": "a\tb", "a log line": 'a", "level": "error',
    "an escape": "a\x1b[31m", "a bell": "a\x07", "an override": "a\u202eb", "an isolate": "a\u2066b",
    "a zero width": "a\u200bb", "a joiner": "a\u200db", "a separator": "a\u2028b", "a mark of order": "\ufeffa",
    "decomposed": "e\u0301", "compatible": "ｎｏｂｏｄｙ", "another alphabet": "аdа", "four bytes": "💥" * 10,
    "many marks": "Z" + "\u0335" * 60, "not a character": "\ufffe", "the last one": "\U0010ffff",
    "long": "x" * 5_000, "many digits": "9" * 5_000, "a formula": "=cmd|' /C calc'!A0", "null as text": "null",
    "a number as text": "1e400", "NaN as text": "NaN", "True as text": "True", "a date": "0000-00-00T00:00:00Z",
}  # fmt: skip

# Texts that are no one's to read.
SIZES: dict[str, str] = {
    "a million characters": "x" * 1_000_000, "many letters": "é" * 150_000, "all marks": "a" + "\u0301" * 150_000,
}  # fmt: skip

# Texts that no store takes and no answer may repeat.
UNSTORABLE: dict[str, str] = {
    "NUL": "a\x00b", "only NUL": "\x00", "a high surrogate": "a\ud800b", "a low surrogate": "\udc00",
}  # fmt: skip

IN_A_QUERY: dict[str, str] = {name: quote(text[:2_000], safe="") for name, text in TEXTS.items()} | {
    "NUL": "%00", "a surrogate": "%ED%A0%80", "not UTF-8": quote_from_bytes(b"\xff\xfe"), "encoded twice": "%2500",
    "half an escape": "%", "an array": "[]", "2^31": str(2**31), "2^63": str(2**63), "2^64": str(2**64),
    "minus one": "-1", "a fraction": "1.5", "5,000 digits": "9" * 5_000,
}  # fmt: skip

# A header is Latin-1 and one line, or the server refuses it.
IN_A_HEADER: dict[str, str] = {
    "empty": "", "a quote": '"', "half a tag": 'W/"', "commas": ",,,", "not ASCII": "\xe9\xff",
    "long": "x" * 5_000, "many": ", ".join(['"x"'] * 2_000), "an escape": "\x1b[31m", "a statement": "'; DROP --",
}  # fmt: skip


def assert_is_refused(response: HttpResponse, what: str, *, place: str = "") -> None:
    """With a problem, which names the `place` in the body where one is given, or something within it."""
    assert 400 <= response.status_code < 500, (what, response.status_code)
    assert response["Content-Type"] == "application/problem+json", what
    problem = response.json()
    assert problem["code"] not in ("internal_error", "throttled"), what
    named = {error["field"] for error in problem.get("errors", ())}
    assert not place or any(name == place or name.startswith(f"{place}.") for name in named), (what, named)


def answers_to_parameter(
    get: Callable[[str], HttpResponse], address: str, name: str, values: Mapping[str, str] = IN_A_QUERY
) -> Iterator[tuple[str, HttpResponse]]:
    """What is answered to each hostile value of a parameter; given twice it is refused, in the manner of arrays not
    known, and none is more than the service can take."""
    assert_is_refused(get(f"{address}?{name}=1&{name}=1"), "twice")
    plain = get(address)
    for query in (f"{name}[$ne]=x", f"{name}[]=x"):
        assert get(f"{address}?{query}").status_code == plain.status_code, query
    for what, text in values.items():
        response = get(f"{address}?{name}={text}")
        assert response.status_code < 500, what
        yield what, response


def answers_at_addresses(
    send: Callable[[str], HttpResponse], operation: Operation
) -> Iterator[tuple[str, HttpResponse]]:
    """What is answered with a hostile value in place of every parameter of the address.

    Nothing at all in its place is another address, so that one is left out.
    """
    for what, text in IN_A_QUERY.items():
        response = send(re.sub(r"{\w+}", lambda _, text=text: text, operation.path))  # type: ignore[misc]
        assert response.status_code < 500, what
        if text:
            yield what, response
