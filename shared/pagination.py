"""Keyset pages: newest first, cursors opaque and signed, and tied to the list they came from.

A cursor names a position, not a page number: rows that arrive while a client reads on neither repeat nor hide one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core import signing
from rest_framework.request import Request
from rest_framework.response import Response

from shared.problems import FieldError, ValidationProblem
from shared.snowflakes import MAX_ID

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

# Longer than any name that orders a list.
LONGEST_POSITION = 100

Row = TypeVar("Row")
Position = TypeVar("Position", int, str)

_SALT = "shared.pagination"


@dataclass(frozen=True, kw_only=True)
class Keyset(Generic[Position]):
    """What one request asks of a list: `limit` rows strictly below `before`, or strictly above `after`.

    At most one of the two is set. Positions order the list: integers such as post ids, or names, where a list says so.
    A list in rising order reads the two the other way round: what comes next is above `before`.
    """

    url: str
    scope: str
    limit: int
    before: Position | None = None
    after: Position | None = None

    @classmethod
    def from_request(cls, request: Request, *, scope: str, positions: type = int) -> Self:
        """:raises ValidationProblem: `limit` outside 1–100, or a cursor that is not of this list."""
        cursor = request.query_params.get("cursor")
        direction, position = _open(cursor, scope, positions) if cursor is not None else ("", None)
        return cls(
            url=request.build_absolute_uri(),
            scope=scope,
            limit=_limit(request.query_params.get("limit")),
            before=position if direction == "b" else None,
            after=position if direction == "a" else None,
        )

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than fit, which tells whether there is another page."""
        return self.limit + 1

    @property
    def ascending(self) -> bool:
        """Whether to read upward from `after`; `page` turns the rows newest first again."""
        return self.after is not None

    def page(self, rows: Sequence[Row], *, position: Callable[[Row], Position]) -> "Page[Row]":
        """Cut `rows` (up to `fetch` of them, in reading order) to a page with its neighbours' URLs."""
        more = len(rows) > self.limit
        kept = list(rows[: self.limit])
        if self.ascending:
            kept.reverse()
        older = more if not self.ascending else True
        newer = more if self.ascending else self.before is not None
        return Page(
            rows=kept,
            next=self._link("b", position(kept[-1])) if kept and older else None,
            previous=self._link("a", position(kept[0])) if kept and newer else None,
        )

    def respond(
        self, rows: Sequence[Row], *, position: Callable[[Row], Position], render: Callable[[list[Row]], list[Any]]
    ) -> Response:
        """The list's answer: `results`, `next`, `previous`, and the same two as `Link` header (RFC 8288)."""
        page = self.page(rows, position=position)
        body = {"results": render(page.rows), "next": page.next, "previous": page.previous}
        return Response(body, headers=page.headers())

    def _link(self, direction: str, position: Position) -> str:
        from_here = signing.dumps([self.scope, direction, position], salt=_SALT)
        return _with_parameters(self.url, limit=str(self.limit), cursor=from_here)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """One page, newest first, and where its neighbours are."""

    rows: list[Row]
    next: str | None
    previous: str | None

    def headers(self) -> dict[str, str]:
        links = [f'<{url}>; rel="{rel}"' for rel, url in (("next", self.next), ("prev", self.previous)) if url]
        return {"Link": ", ".join(links)} if links else {}


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= value <= MAX_LIMIT:
        detail = f"Must be a whole number from 1 to {MAX_LIMIT}."
        raise ValidationProblem(FieldError(field="limit", code="out_of_range", detail=detail))
    return value


def _open(cursor: str, scope: str, positions: type) -> tuple[str, Any]:
    try:
        for_scope, direction, position = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        for_scope, direction, position = "", "", None
    if for_scope != scope or direction not in ("a", "b") or not _is_position(position, positions):
        detail = "Must be a cursor from this list's next or previous."
        raise ValidationProblem(FieldError(field="cursor", code="invalid_cursor", detail=detail))
    return direction, position


def _is_position(position: Any, positions: type) -> bool:
    if positions is str:
        return isinstance(position, str) and len(position) <= LONGEST_POSITION
    return isinstance(position, int) and 0 <= position <= MAX_ID


def _with_parameters(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **parameters}
    return urlunsplit(parts._replace(query=urlencode(query)))
