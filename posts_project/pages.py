"""Answers of hot lists: ready rows straight to JSON, without serializers."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from shared.pagination import Page
from shared.wire import dumps


def list_response(page: Page[Any], entry: Callable[[Any], dict[str, Any]]) -> HttpResponse:
    """`page` as a list answer, each row turned into what clients get by `entry`."""
    body = {"results": [entry(row) for row in page.rows], "next": page.next, "previous": page.previous}
    return HttpResponse(dumps(body), content_type="application/json", headers=page.headers())
