"""What happens to every request of both services before and after its view."""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from shared import draining, metrics, tracing
from shared.parsing import MAX_BODY_BYTES, has_surrogate
from shared.problems import (
    FieldError,
    ParseProblem,
    PayloadTooLarge,
    PermissionDenied,
    Problem,
    ValidationProblem,
    problem_response,
)
from shared.request_context import current_request_id, request_context, waiting_limited

Handler = Callable[[HttpRequest], HttpResponseBase]

# Asked every few seconds by machines: neither logged nor measured (api.md calls for neither throttling nor logging).
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

API_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

# Scripts are files of ours alone: no page has one in itself. The admin theme forces the two exceptions that are left
# (docs/security.md): Alpine evaluates its expressions, and colours and widths are styles in the page.
PAGE_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)

# What Django makes of bytes in a path that are not UTF-8, surrogates among them; no path of ours has such a text.
_NOT_UTF8 = re.compile("%[89A-F][0-9A-F]")

MOST_DRAINED_BYTES = 32 * 1024 * 1024
_DRAIN_CHUNK = 64 * 1024

logger = logging.getLogger("access")


def request_id_middleware(get_response: Handler) -> Handler:
    """Take over or make `X-Request-ID` and `traceparent`; answer the former. Here a request begins to be waited for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        headers = request.headers
        context = request_context(request_id=headers.get("X-Request-ID"), traceparent=headers.get("traceparent"))
        with context, waiting_limited():
            response = get_response(request)
            response.headers["X-Request-ID"] = current_request_id()
            return response

    return middleware


def draining_middleware(get_response: Handler) -> Handler:
    """While this process is about to leave, each answer is the last one on its connection: a client that kept it would
    send its next request just as it closes, and could not know whether that was heard (RFC 9112, 9.6)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if draining.told():
            response.headers["Connection"] = "close"
        return response

    return middleware


def access_log_middleware(get_response: Handler) -> Handler:
    """One line, one measurement and one span a request: route rather than path, never the query, which may hold a
    secret."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path in QUIET_PATHS:
            return get_response(request)
        started = time.perf_counter()
        with tracing.serving(request.headers.get("traceparent")) as span:
            response = get_response(request)
            _record(request, response.status_code, time.perf_counter() - started, span)
        return response

    return middleware


def input_guard_middleware(get_response: Handler) -> Handler:
    """Refuse what neither database can take and no view should have to think of: NUL and what is not UTF-8, surrogates
    among it, in path and query, a repeated query parameter, a body that is too long. What bodies say is the parser's
    matter."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path not in QUIET_PATHS:
            # Nothing else asks for it on most calls; whoever checks health does so by address.
            request.get_host()
        problem = _fault(request) or _oversize(request)
        return problem_response(problem, instance=_printable(request.path)) if problem else get_response(request)

    return middleware


def https_only_middleware(get_response: Handler) -> Handler:
    """Where HTTPS is required, refuse API calls that came without; health checks come from inside and may."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.REQUIRE_HTTPS and not request.is_secure() and request.path not in QUIET_PATHS:
            return problem_response(PermissionDenied("Use HTTPS"), instance=request.path)
        return get_response(request)

    return middleware


def security_headers_middleware(get_response: Handler) -> Handler:
    """Answers that are data may not run, be framed or be kept; pages may use nothing but our own files.

    Whoever sets a policy or Cache-Control of their own knows why.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        policy = PAGE_CONTENT_SECURITY_POLICY if is_page else API_CONTENT_SECURITY_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        if request.path.startswith(("/api/v1", "/internal", "/oauth")):
            response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ("Authorization",))
        if isinstance(response, HttpResponse) and response.content:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware


def _record(request: HttpRequest, status: int, seconds: float, span: tracing.Span) -> None:
    route = _readable(request.resolver_match.route) if request.resolver_match else "unmatched"
    method = request.method if request.method in _KNOWN_METHODS else "other"
    metrics.REQUESTS.labels(method, route, status).inc()
    metrics.DURATION.labels(route).observe(seconds)
    logger.info(
        "request",
        extra={"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)},
    )
    span.is_called(f"{method} {route}")
    span.has({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.failed(str(status))


@lru_cache(maxsize=512)
def _readable(route: str) -> str:
    """`/api/v1/posts/<post_id>` of the expression that `shared.urls.api` made."""
    return "/" + re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route).strip("^$").removesuffix("/?").replace("\\", "")


_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


def _fault(request: HttpRequest) -> Problem | None:
    if _unstorable(request.path) or _NOT_UTF8.search(request.path):
        return ParseProblem("The path has characters that are not allowed")
    for name, values in request.GET.lists():
        if _unstorable(name) or any(_unstorable(value) for value in values):
            return ParseProblem("The query has characters that are not allowed")
        if len(values) > 1 and not request.path.startswith("/admin/"):
            # Which of two values counts differs from reader to reader (ASVS 15.3.7). Admin filters repeat them rightly.
            return ValidationProblem(FieldError(field=name, code="repeated", detail="May be given only once."))
    return None


def _oversize(request: HttpRequest) -> Problem | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        return ParseProblem("Content-Length must be a number")
    if int(length) <= MAX_BODY_BYTES or (request.content_type or "").startswith("multipart/"):
        return None
    # A client that is still sending would see a reset connection instead of the answer.
    for _ in range(min(int(length), MOST_DRAINED_BYTES) // _DRAIN_CHUNK + 1):
        if not request.read(_DRAIN_CHUNK):
            break
    return PayloadTooLarge(f"At most {MAX_BODY_BYTES} bytes are accepted")


def _unstorable(text: str) -> bool:
    # Django decodes a query that is not UTF-8 with replacement characters.
    return "\x00" in text or "\ufffd" in text or has_surrogate(text)


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
