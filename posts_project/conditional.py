"""Conditional requests (RFC 9110, section 13): strong entity tags of single objects."""

import hashlib
import re
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from shared.problems import PreconditionFailed
from shared.wire import dumps

CACHE_CONTROL = "private, no-cache"

_TAG = re.compile(r'(?:W/)?"[^"]*"')


def etag_of(content: bytes) -> str:
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def single_object(request: Request, body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """`body` with its entity tag, or 304 where the client has it already."""
    content = dumps(body)
    headers = {"ETag": etag_of(content), "Cache-Control": CACHE_CONTROL}
    if request.method in ("GET", "HEAD") and _has(request.headers.get("If-None-Match"), headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)


def require_match(request: Request, body: dict[str, Any]) -> None:
    """:raises PreconditionFailed: the client asks for `If-Match` and `body` is not what it has seen."""
    condition = request.headers.get("If-Match")
    # Strong comparison: a weak tag never matches (RFC 9110, 13.1.1).
    if condition is not None and not _names(condition, {etag_of(dumps(body))}):
        raise PreconditionFailed


def _has(condition: str | None, etag: str) -> bool:
    """By weak comparison (RFC 9110, 13.1.2)."""
    return condition is not None and _names(condition, {etag, f"W/{etag}"})


def _names(condition: str, etags: set[str]) -> bool:
    """Whether `condition`, a list of tags or `*` for any, names one of `etags`; a malformed one names nothing."""
    if condition.strip() == "*":
        return True
    is_list = not _TAG.sub("", condition).strip(", \t")
    return is_list and not etags.isdisjoint(_TAG.findall(condition))
