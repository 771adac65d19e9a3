"""The request being served: its id and trace, for logs, answers and calls to the other service, and the time that such
calls may still take."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")
# W3C Trace Context, version 00: trace id and parent id must not be all zeros.
TRACEPARENT_PATTERN = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

# One request waits no longer than this for the other service, however often it calls.
PEER_SECONDS = 1.0

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_traceparent: ContextVar[str] = ContextVar("traceparent", default="")
_peer_seconds: ContextVar[float] = ContextVar("peer_seconds", default=float("inf"))


def current_request_id() -> str:
    """The id of the request in hand; empty outside of one."""
    return _request_id.get()


def current_traceparent() -> str:
    """What to send on as `traceparent`: the same trace, this service as parent; empty outside of a request."""
    return _traceparent.get()


def current_trace_id() -> str:
    """What all log lines of one cause have in common, in both services; empty outside of a request."""
    return _traceparent.get()[3:35]


def peer_seconds_left() -> float:
    """How long the request in hand may still wait for the other service; without end outside of one."""
    return _peer_seconds.get()


def spend_peer_seconds(seconds: float) -> None:
    """Say that the request in hand has waited that long."""
    _peer_seconds.set(max(0.0, _peer_seconds.get() - seconds))


@contextmanager
def request_context(*, request_id: str | None, traceparent: str | None) -> Iterator[None]:
    """Take over the caller's id and trace where they are well formed, make new ones where not."""
    id_token = _request_id.set(request_id if request_id and REQUEST_ID_PATTERN.fullmatch(request_id) else _new_id())
    trace_token = _traceparent.set(_continue_trace(traceparent))
    try:
        yield
    finally:
        _request_id.reset(id_token)
        _traceparent.reset(trace_token)


@contextmanager
def waiting_limited() -> Iterator[None]:
    """For what somebody waits for, a request: all its calls to the other service together get `PEER_SECONDS`.

    Jobs and deliveries, which have an id and a trace too, take what time they need.
    """
    token = _peer_seconds.set(PEER_SECONDS)
    try:
        yield
    finally:
        _peer_seconds.reset(token)


@contextmanager
def trace_context(traceparent: str) -> Iterator[None]:
    """Be in that very place of a trace, as a span is."""
    token = _traceparent.set(traceparent)
    try:
        yield
    finally:
        _traceparent.reset(token)


def _new_id() -> str:
    return secrets.token_hex(16)


def _continue_trace(traceparent: str | None) -> str:
    if traceparent and TRACEPARENT_PATTERN.fullmatch(traceparent):
        version, trace_id, _, flags = traceparent.split("-")
        return f"{version}-{trace_id}-{secrets.token_hex(8)}-{flags}"
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
