"""DRF's and Django's own exceptions as problems."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from shared.bearer import viewer
from shared.problems import (
    FieldError,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ParseProblem,
    PayloadTooLarge,
    PermissionDenied,
    Problem,
    Throttled,
    TokenInvalid,
    UnsupportedMediaType,
    ValidationProblem,
    problem_response,
)

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook: every expected exception becomes a problem; unexpected ones travel on to the 500 page.

    A finished answer, not one of DRF's, which the view's renderer would turn into YAML or a page where it makes those.
    """
    problem = as_problem(error)
    if problem is None:
        return None
    set_rollback()
    _log_denial(problem, context)
    return problem_response(problem, instance=context["request"].path)


def as_problem(error: Exception) -> Problem | None:
    """`error` as one of ours; None where nobody expected it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.ValidationError):
        return ValidationProblem(*_field_errors(error))
    if isinstance(error, exceptions.Throttled):
        return Throttled(retry_after=getattr(error, "wait", None) or 1)
    if isinstance(error, exceptions.MethodNotAllowed):
        # DRF adds Allow itself: it is among the default headers of every view's answers.
        return MethodNotAllowed(str(error.detail))
    for kind, problem in _TRANSLATIONS.items():
        if isinstance(error, kind):
            return problem()
    return None


def _log_denial(problem: Problem, context: dict[str, Any]) -> None:
    """Who asks for what they may not do is worth a look, unlike who has no token yet (ASVS 16.3.2)."""
    if problem.status != PermissionDenied.status:
        return
    view, who = context["view"], viewer(context["request"])
    extra = {"reason": problem.code, "view": view.__class__.__name__, "user_id": who.user_id}
    logger.warning("access.denied", extra=extra)


_TRANSLATIONS: dict[type[Exception], type[Problem]] = {
    Http404: NotFound,
    RequestDataTooBig: PayloadTooLarge,
    exceptions.NotFound: NotFound,
    DjangoPermissionDenied: PermissionDenied,
    exceptions.NotAuthenticated: NotAuthenticated,
    exceptions.AuthenticationFailed: TokenInvalid,
    exceptions.PermissionDenied: PermissionDenied,
    exceptions.ParseError: ParseProblem,
    exceptions.NotAcceptable: NotAcceptable,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
}


def _field_errors(error: exceptions.ValidationError) -> list[FieldError]:
    return [FieldError(field=_name(e.attr), code=e.code, detail=e.detail) for e in flatten_errors(error.detail)]


def _name(attr: str | None) -> str:
    """DRF's name for a fault of a whole object is dropped: the object itself is named, or `body`."""
    whole = api_settings.NON_FIELD_ERRORS_KEY
    return "body" if attr in (None, whole) else str(attr).removesuffix(f".{whole}")
