"""What both OpenAPI documents have in common: problems, the bearer scheme, the request id on every answer."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from shared import idempotency
from shared.idempotency import InProgress, KeyReused
from shared.pagination import DEFAULT_LIMIT, MAX_LIMIT
from shared.problems import (
    CONTENT_TYPE,
    Conflict,
    InternalError,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ParseProblem,
    PayloadTooLarge,
    PermissionDenied,
    Problem,
    ServiceUnavailable,
    Throttled,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    UnsupportedMediaType,
    ValidationProblem,
)

PUBLIC_PREFIXES = ("/api/v1/", "/oauth/", "/.well-known/")

PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        description="How many results a page has.",
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="From `next` or `previous` of this very list."),
]  # fmt: skip

_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `detail` is for people and may change.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_RESPONSE_HEADERS = {
    "X-Request-ID": {
        "description": "The request's id: the one that was sent, or a new one. It stands in both services' logs.",
        "schema": {"type": "string"},
    }
}

_LIMIT_HEADERS = {
    "RateLimit-Policy": {
        "description": "How often this may be called: `q` times in `w` seconds (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "What is left of it: `r` calls, for `t` seconds.",
        "schema": {"type": "string"},
    },
}

# Every call that changes something takes it (IETF draft-ietf-httpapi-idempotency-key-header).
_KEY_PARAMETER = {
    "name": idempotency.HEADER,
    "in": "header",
    "description": "Of your own choice. The same call with the same key has one effect, and the same answer for a day"
    " (for ten minutes where the answer carries tokens).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}

_REPLAYED_HEADER = {
    idempotency.REPLAYED_HEADER: {
        "description": "`true` where this is the answer of an earlier call with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}

_LOCATION_HEADER = {"Location": {"description": "Where it is now.", "schema": {"type": "string"}}}
_LINK_HEADER = {
    "Link": {
        "description": 'The neighbouring pages, where there are any: `rel="next"`, then `rel="prev"` (RFC 8288).',
        "schema": {"type": "string"},
    }
}

_PROBLEM_HEADERS = {
    401: {"WWW-Authenticate": "`Bearer`, with the error where a token was sent."},
    405: {"Allow": "The methods that are allowed."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}

_ALWAYS = (
    ParseProblem,
    ValidationProblem,
    MethodNotAllowed,
    NotAcceptable,
    Throttled,
    InternalError,
    ServiceUnavailable,
)
_WITH_TOKEN = (NotAuthenticated, TokenInvalid, TokenExpired, TokenRevoked)
_WITH_BODY = (PayloadTooLarge, UnsupportedMediaType)
_BODY_METHODS = {"post", "put", "patch", "delete"}


class BearerScheme(OpenApiAuthenticationExtension):
    """Both services take the same access tokens."""

    target_class = "shared.bearer.BearerAuthentication"
    name = "bearer"
    match_subclasses = True

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of the Auth service, good for five minutes.",
        }


def problems(*kinds: type[Problem]) -> dict[tuple[int, str], OpenApiResponse]:
    """Answers for `extend_schema(responses=…)`: the problems of one operation's own, by status."""
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        (status, CONTENT_TYPE): OpenApiResponse(response=_reference(), description=_codes(of_status))
        for status, of_status in by_status.items()
    }


def only_public(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Preprocessing hook: what is between the services, and documents themselves, stay out.

    A trailing slash is taken but not advertised.
    """
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints if path.startswith(PUBLIC_PREFIXES)]


def describe_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: the problem schema once, and on every operation the answers it shares with all others."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    limited = set(_limited(generator.endpoints))
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            headers = _RESPONSE_HEADERS | (_LIMIT_HEADERS if (path, method) in limited else {})
            if method in _BODY_METHODS:
                operation["parameters"] = [*operation.get("parameters", []), _KEY_PARAMETER]
                headers |= _REPLAYED_HEADER
            _describe(operation, _common(path, method, operation), headers)
    return result


def _limited(endpoints: list[tuple[str, str, str, Any]]) -> Iterable[tuple[str, str]]:
    for path, _, method, callback in endpoints:
        if getattr(callback.cls, "quotas", {}).get(method):
            yield path, method.lower()


def _common(path: str, method: str, operation: dict[str, Any]) -> list[type[Problem]]:
    kinds: list[type[Problem]] = list(_ALWAYS)
    security = operation.get("security", [])
    if any(security):
        kinds += _WITH_TOKEN
        kinds += [] if {} in security else [PermissionDenied]
    if method in _BODY_METHODS:
        kinds += [*_WITH_BODY, Conflict, InProgress, KeyReused]
    return [*kinds, NotFound] if "{" in path else kinds


def _describe(operation: dict[str, Any], kinds: Iterable[type[Problem]], headers: dict[str, Any]) -> None:
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    for status, of_status in sorted(by_status.items()):
        response = operation["responses"].setdefault(str(status), {"description": ""})
        own = response.get("description", "")
        response["description"] = "; ".join(part for part in (own, _codes(of_status)) if part)
        response["content"] = {CONTENT_TYPE: {"schema": _reference()}}
    is_list = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    for status, response in operation["responses"].items():
        own_headers = _LOCATION_HEADER if status == "201" else _LINK_HEADER if is_list and status == "200" else {}
        described = _PROBLEM_HEADERS.get(int(status), {})
        texts = {name: {"description": text, "schema": {"type": "string"}} for name, text in described.items()}
        response["headers"] = {**response.get("headers", {}), **own_headers, **headers, **texts}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _codes(kinds: list[type[Problem]]) -> str:
    return ", ".join(f"`{kind.code}`: {kind.title}" for kind in kinds)


def _reference() -> dict[str, str]:
    return {"$ref": "#/components/schemas/Problem"}
