"""Errors as answers: RFC 9457 problem details with a stable `code`, the same in both services.

Every expected error is a `Problem` subclass that lives beside the code that raises it; this module has the shape, and
the ones that any endpoint can raise. DRF's settings import it, so it may not import DRF's views.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.encoding import force_str
from rest_framework import exceptions

from shared.request_context import current_request_id
from shared.wire import dumps

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """What is wrong with one field; nested fields are named with dots (`poll.options.0`)."""

    field: str
    code: str
    detail: str


class Problem(exceptions.APIException):
    """An expected refusal: `status`, a stable `code` and a `title` by class, a `detail` by case.

    `keeps_effects` is for the rare one that has done its work by refusing, such as ending a session.
    """

    keeps_effects: ClassVar[bool] = False
    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self, detail: str = "", *, errors: Iterable[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title, self.code)
        self.status_code = self.status
        self.errors = list(errors)
        self.headers = dict(headers or {})


class ValidationProblem(Problem):
    """The request is understood but its content is not acceptable; all faults are told at once."""

    status, code, title = 400, "validation_error", "The request has invalid fields"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)


class ParseProblem(Problem):
    status, code, title = 400, "parse_error", "The request cannot be read"


class NotAuthenticated(Problem):
    status, code, title = 401, "not_authenticated", "Authentication is required"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": _challenge(self.code)})


class TokenInvalid(NotAuthenticated):
    code, title = "token_invalid", "The token is not valid"


class TokenExpired(NotAuthenticated):
    code, title = "token_expired", "The token has expired"


class TokenRevoked(NotAuthenticated):
    code, title = "token_revoked", "The token's session has ended"


class PermissionDenied(Problem):
    status, code, title = 403, "permission_denied", "You may not do this"


class NotFound(Problem):
    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(Problem):
    status, code, title = 405, "method_not_allowed", "This method is not allowed here"


class NotAcceptable(Problem):
    status, code, title = 406, "not_acceptable", "No acceptable representation"


class Conflict(Problem):
    status, code, title = 409, "conflict", "This conflicts with the present state"


class PreconditionFailed(Problem):
    status, code, title = 412, "precondition_failed", "The object has changed since it was read"


class PayloadTooLarge(Problem):
    status, code, title = 413, "payload_too_large", "The request body is too large"


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported_media_type", "The request body has an unsupported type"


class Throttled(Problem):
    status, code, title = 429, "throttled", "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: float, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers={**(headers or {}), "Retry-After": _whole_seconds(retry_after)})


class InternalError(Problem):
    status, code, title = 500, "internal_error", "Something went wrong on our side"


class ServiceUnavailable(Problem):
    status, code, title = 503, "service_unavailable", "The service cannot do this right now"

    def __init__(self, detail: str = "", *, retry_after: float = 1) -> None:
        super().__init__(detail, headers={"Retry-After": _whole_seconds(retry_after)})


COMMON_PROBLEMS: tuple[type[Problem], ...] = (
    ValidationProblem, ParseProblem, NotAuthenticated, TokenInvalid, TokenExpired, TokenRevoked, PermissionDenied,
    NotFound, MethodNotAllowed, NotAcceptable, Conflict, PreconditionFailed, PayloadTooLarge, UnsupportedMediaType,
    Throttled, InternalError, ServiceUnavailable,
)  # fmt: skip


def problem_body(problem: Problem, *, instance: str) -> dict[str, Any]:
    """The JSON members of `problem`; `instance` is the path of the request, without its query."""
    body: dict[str, Any] = {
        "type": f"urn:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": force_str(problem.detail),
        "instance": instance,
        "code": problem.code,
        "request_id": current_request_id(),
    }
    if problem.errors:
        body["errors"] = [asdict(error) for error in problem.errors]
    return body


def problem_response(problem: Problem, *, instance: str) -> HttpResponse:
    """`problem` as a plain Django answer, for what happens outside of a DRF view."""
    body = dumps(problem_body(problem, instance=instance))
    return HttpResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers)


def _challenge(code: str) -> str:
    """RFC 6750, section 3: a challenge names an error only where a token was sent."""
    return "Bearer" if code == NotAuthenticated.code else f'Bearer error="invalid_token", error_description="{code}"'


def _whole_seconds(seconds: float) -> str:
    return str(max(1, -int(-seconds // 1)))
