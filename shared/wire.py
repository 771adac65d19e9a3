"""JSON and times as they travel: UTF-8, ids as strings, RFC 3339 UTC with milliseconds and `Z`."""

from datetime import UTC, datetime
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


def dumps(value: Any) -> bytes:
    """`value` as UTF-8 JSON; datetimes must have been through `timestamp` so that they all look alike."""
    return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)


def timestamp(moment: datetime) -> str:
    """`2026-11-22T09:30:00.000Z`; milliseconds are cut, not rounded, so that a time never lies in the future."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """The moment that an RFC 3339 text with an offset names, in UTC.

    :raises ValueError: it is no such text, or names no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    return moment.astimezone(UTC)


class JSONRenderer(BaseRenderer):
    """DRF's answers through the same encoder as the hot pages; nothing is escaped to ASCII."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    """DRF hands over `ReturnDict`, `ErrorDetail` and lazy texts: subclasses that orjson does not take as they are."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    return str(value)
