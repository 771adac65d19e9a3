"""What is measured of every call to the other service."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from shared import metrics, tracing
from shared.breaker import CircuitBreaker
from shared.remote_errors import RemoteError, RemoteHeldBack, RemoteRefused


class Caller(Protocol):
    breaker: CircuitBreaker


C = TypeVar("C", bound=Caller)
P = ParamSpec("P")
R = TypeVar("R")

_ID = re.compile(r"/[0-9]+(?=/|$)")


def watched(
    call: Callable[Concatenate[C, str, str, P], R],
) -> Callable[Concatenate[C, str, str, P], R]:
    """Count, time and record `call`, whose first arguments are a method and a path; of that ids are not told."""

    @wraps(call)
    def measured(caller: C, method: str, path: str, *args: P.args, **kwargs: P.kwargs) -> R:
        peer, started = caller.breaker.name, time.perf_counter()
        template = _ID.sub("/{id}", path)
        attributes = {"http.request.method": method, "url.template": template, "service.peer.name": peer}
        try:
            with tracing.asking(f"{method} {template}", attributes):
                answer = call(caller, method, path, *args, **kwargs)
        except RemoteError as error:
            _count(peer, _outcome(error), time.perf_counter() - started)
            raise
        _count(peer, "ok", time.perf_counter() - started)
        return answer

    return measured


def _outcome(error: RemoteError) -> str:
    if isinstance(error, RemoteHeldBack):
        return "held_back"
    return "refused" if isinstance(error, RemoteRefused) else "unavailable"


def _count(peer: str, outcome: str, seconds: float) -> None:
    metrics.CALLS.labels(peer, outcome).inc()
    if outcome != "held_back":
        metrics.CALL_DURATION.labels(peer).observe(seconds)
