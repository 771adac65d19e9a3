"""Fields of requests and answers: strict types, so that "5" is never a number nor 5 a text (ASVS 15.3.5)."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shared.snowflakes import MAX_ID
from shared.wire import parse_timestamp, timestamp

# Controls but tab, line feed and carriage return; bidi embeddings, overrides and isolates, which let a text lie about
# its order (Trojan Source, CVE-2021-42574); unpaired surrogates, which neither database can store.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]")
_DIGITS = re.compile(r"[0-9]{1,19}")


def parse_id(text: str) -> int | None:
    """The id that `text` spells in plain decimal digits; None where it spells none in range."""
    value = int(text) if _DIGITS.fullmatch(text) else 0
    return value if 0 < value <= MAX_ID else None


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,19}$", "example": "190353203200000001"})
class IdField(serializers.Field):
    """A snowflake: text of digits outside, `int` inside."""

    default_error_messages = {"invalid": "Must be an id: a text of up to 19 digits."}

    def to_internal_value(self, data: Any) -> int:
        value = parse_id(data) if isinstance(data, str) else None
        if value is None:
            self.fail("invalid")
        return value

    def to_representation(self, value: int) -> str:
        return str(value)


class TimestampField(serializers.DateTimeField):
    """RFC 3339 with an offset; answered in UTC with milliseconds and `Z`."""

    default_error_messages = {"invalid": "Must be a time like 2026-11-22T09:30:00.000Z."}

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return parse_timestamp(value)
        except (TypeError, ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        return timestamp(value)


class TextField(serializers.CharField):
    """Text in NFC, its length counted in code points after normalisation; blanks around it are cut off.

    :param multiline: allow tabs and line breaks.
    """

    default_error_messages = {
        "forbidden_characters": "Must not have control characters, bidirectional overrides or unpaired surrogates.",
        "single_line": "Must be a single line.",
    }

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if _FORBIDDEN.search(data):
            self.fail("forbidden_characters")
        if not self.multiline and _LINE_BREAKS.search(data):
            self.fail("single_line")
        return unicodedata.normalize("NFC", super().to_internal_value(data))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # DRF turns a number into text to see whether it is blank, before any type check.
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(unicodedata.normalize("NFC", data) if isinstance(data, str) else data)


class SecretField(serializers.CharField):
    """A password, token or code: taken to the letter, never trimmed, never answered."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, write_only=True, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class FlagField(serializers.BooleanField):
    """`true` or `false`, nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A whole JSON number; give `min_value` and `max_value`."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class ChoiceField(serializers.ChoiceField):
    """One of the choices, as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)
