"""Django's own error pages as problem+json: named by `handler400` … `handler500` in both URL modules."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from shared.middleware import Handler
from shared.problems import (
    CONTENT_TYPE,
    InternalError,
    MethodNotAllowed,
    NotFound,
    ParseProblem,
    PermissionDenied,
    Problem,
    problem_response,
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(ParseProblem(), instance=request.path)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(PermissionDenied(), instance=request.path)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(NotFound(), instance=request.path)


def server_error(request: HttpRequest) -> HttpResponse:
    """The fault itself is in the log under the same request id, never in the answer (ASVS 16.5.1)."""
    return problem_response(InternalError(), instance=request.path)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of an admin site without its token."""
    problem = PermissionDenied("The form's security token is missing or old: reload the page")
    return problem_response(problem, instance=request.path)


def problems_middleware(get_response: Handler) -> Handler:
    """Errors from outside of DRF in the one shape: a `Problem` raised in a plain view, a bare 405 of Django's.

    Pages of the admin sites keep their own errors.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_bare = response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(CONTENT_TYPE)
        if not is_bare or request.path.startswith("/admin/"):
            return response
        return _reshape(request, response)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problem_response(exception, instance=request.path) if isinstance(exception, Problem) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _reshape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    problem = next((kind for kind in _BARE_ERRORS if kind.status == response.status_code), None)
    if problem is None:
        return response
    reshaped = problem_response(problem(), instance=request.path)
    if "Allow" in response.headers:
        reshaped.headers["Allow"] = response.headers["Allow"]
    return reshaped


_BARE_ERRORS = (ParseProblem, PermissionDenied, NotFound, MethodNotAllowed, InternalError)
