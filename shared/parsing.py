"""Request bodies: UTF-8 JSON objects, and forms where a standard has them, read strictly and the same way in both
services.

The standard decoder alone would accept duplicate keys, NaN, a BOM, lone surrogates and, past its recursion limit,
end in a 500. Everything refused here is refused before a serializer sees it (ASVS 1.5.3, 15.3.5).
"""

import json
import re
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from rest_framework.parsers import BaseParser

from shared.problems import ParseProblem, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 16 * 1024
MAX_FORM_FIELDS = 20
MAX_DEPTH = 32
MAX_NUMBER_CHARACTERS = 400

_SURROGATE = re.compile("[\ud800-\udfff]")
# Brackets inside strings do not nest: strings are blanked before the depth is counted. One that never ends is matched,
# too, and nothing is tried twice (`*+`): else a body of escaped quotes would be gone through once for each of them.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


class StrictJSONParser(BaseParser):
    """DRF's parser for `application/json`; other charsets and encodings are 415, other faults 400 or 413."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = parser_context["request"].headers if parser_context else {}
        refuse_other_encodings(media_type or "", headers.get("Content-Encoding", ""))
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"At most {MAX_BODY_BYTES} bytes are accepted")
        return loads_object(body)


class StrictFormParser(BaseParser):
    """DRF's parser for `application/x-www-form-urlencoded`, for calls that a standard has with forms."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """:raises ParseProblem: not UTF-8, NUL, or a name more than once (RFC 6749, section 3.2)."""
        headers = parser_context["request"].headers if parser_context else {}
        refuse_other_encodings(media_type or "", headers.get("Content-Encoding", ""))
        body = stream.read(MAX_FORM_BYTES + 1)
        if len(body) > MAX_FORM_BYTES:
            raise PayloadTooLarge(f"At most {MAX_FORM_BYTES} bytes are accepted")
        return _form(body)


def loads_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    :raises ParseProblem: not UTF-8, not JSON, not an object, or JSON of a kind that two readers could understand
        differently (duplicate keys, NaN, a BOM, unpaired surrogates, nesting deeper than 32).
    """
    text = _decode(body)
    _refuse_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_int=_int, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise ParseProblem(f"Not valid JSON: {error.msg} at character {error.pos}") from error
    if not isinstance(value, dict):
        raise ParseProblem("The body must be a JSON object")
    return value


def refuse_other_encodings(content_type: str, content_encoding: str) -> None:
    """:raises UnsupportedMediaType: a charset other than UTF-8, or a compressed body."""
    charset = re.search(r';\s*charset\s*=\s*"?([^";\s]+)', content_type, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Only UTF-8 is accepted")
    if content_encoding and content_encoding.lower() != "identity":
        raise UnsupportedMediaType("Content-Encoding is not accepted")


def has_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS)
    except ValueError as error:
        raise ParseProblem("The body is not a form of UTF-8 texts") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ParseProblem("A form may not repeat a field")
    if any("\0" in text for pair in pairs for text in pair):
        raise ParseProblem("Text may not have NUL characters")
    return fields


def _decode(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseProblem("The body is not UTF-8") from error
    if text.startswith("\ufeff"):
        raise ParseProblem("The body must not begin with a byte order mark")
    return text


def _refuse_depth(text: str) -> None:
    depth = 0
    for character in re.sub(r"[^\[\]{}]", "", _STRING.sub("", text)):
        depth += 1 if character in "[{" else -1
        if depth > MAX_DEPTH:
            raise ParseProblem(f"JSON may nest at most {MAX_DEPTH} levels deep")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ParseProblem("A JSON object may not repeat a key")
    for key, value in pairs:
        _refuse_surrogates(key)
        _refuse_surrogates(value)
    return members


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if has_surrogate(value):
            raise ParseProblem("Text may not have unpaired surrogates")
    elif isinstance(value, list):
        # Objects inside of lists were checked when they were closed.
        for item in value:
            _refuse_surrogates(item)


def _refuse_constant(name: str) -> None:
    raise ParseProblem(f"{name} is not JSON")


def _int(digits: str) -> int:
    _refuse_length(digits)
    return int(digits)


def _float(digits: str) -> float:
    _refuse_length(digits)
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ParseProblem("A number is out of range")
    return value


def _refuse_length(digits: str) -> None:
    # Python refuses to convert more than 4,300 digits with a ValueError; nobody needs a tenth of that.
    if len(digits) > MAX_NUMBER_CHARACTERS:
        raise ParseProblem("A number is too long")
