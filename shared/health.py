"""`/healthz`, `/readyz`, `/metrics`: for machines that ask often, so cheap, unthrottled and unlogged.

Not ready is also a process that is about to leave (`shared.draining`). The other service being down is `degraded`, not
"not ready": taking this service out of the rotation would not help.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from shared import draining, metrics
from shared.breaker import CircuitBreaker
from shared.samples import Sampled
from shared.wire import dumps

Check = Callable[[], None]

PEER_PROBE_SECONDS = 2.0


@dataclass
class PeerProbe:
    """Tells whether the other service answers, from its breaker and, at most every two seconds, by asking.

    :param ask: raises any exception where the peer does not answer; bounded in time by the service client.
    """

    breaker: CircuitBreaker
    ask: Check
    _asked_at: float = field(default=float("-inf"), init=False)
    _answered: bool = field(default=False, init=False)

    def report(self) -> dict[str, Any]:
        if time.monotonic() - self._asked_at > PEER_PROBE_SECONDS:
            self._asked_at = time.monotonic()
            self._answered = _passes(self.ask)
        return {"reachable": self._answered, "breaker": self.breaker.state()}


def health_urls(
    *, checks: Mapping[str, Check], peers: Mapping[str, PeerProbe], samples: Sequence[Sampled] = ()
) -> list[URLPattern]:
    """The three paths. A check raises where its part does not work; `peers` only ever degrade."""

    def readyz(request: HttpRequest) -> HttpResponse:
        results = {name: "ok" if _passes(check) else "failed" for name, check in checks.items()}
        if draining.told() == draining.STOPPING:
            results["serving"] = "failed"
        reports = {name: peer.report() for name, peer in peers.items()}
        ready = "failed" not in results.values()
        degraded = not all(report["reachable"] for report in reports.values())
        status = "unavailable" if not ready else "degraded" if degraded else "ok"
        return _json({"status": status, "checks": results, "peers": reports}, status=200 if ready else 503)

    def measured(request: HttpRequest) -> HttpResponse:
        return HttpResponse(metrics.exposition(samples), content_type=metrics.CONTENT_TYPE)

    return [
        path("healthz", read_only(_healthz)),
        path("readyz", read_only(readyz)),
        path("metrics", read_only(measured)),
    ]


def once_passed(check: Check) -> Check:
    """`check`, asked until it passes and then no more: for what cannot become untrue while the process lives."""
    passed = False

    def asked() -> None:
        nonlocal passed
        if not passed:
            check()
            passed = True

    return asked


def read_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view that is no API view: 405 for all but GET and HEAD, instead of CSRF's 403."""
    return csrf_exempt(require_safe(view))


def _healthz(request: HttpRequest) -> HttpResponse:
    return _json({"status": "ok"}, status=200)


def _json(body: dict[str, Any], *, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(dumps(body), status=status, content_type="application/json", headers=headers)


def _passes(check: Check) -> bool:
    try:
        check()
    except Exception:
        return False
    return True
