"""`Idempotency-Key`: an unsafe call that is sent again gets the answer of the first time, and has no second effect.

The key belongs to whoever calls. The answer is stored in the transaction of the effect itself, so there is never one
without the other; each service has a store of its own that knows how (IETF draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from shared.exception_handler import as_problem
from shared.problems import CONTENT_TYPE, FieldError, Problem, ValidationProblem, problem_body
from shared.wire import JSONRenderer, dumps

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEEP_FOR = timedelta(hours=24)
# Answers with tokens are good for an attacker who reads the store: they are encrypted, and for a retry only.
KEEP_SECRETS_FOR = timedelta(minutes=10)

UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "WWW-Authenticate", "Retry-After")
# What another try may well change: these are not remembered.
_PASSING = frozenset({401, 408, 425, 429})


class KeyReused(Problem):
    status, code, title = 422, "idempotency_key_reused", "This Idempotency-Key was used for another request"


class InProgress(Problem):
    status, code, title = 409, "idempotency_in_progress", "The first request with this Idempotency-Key is not done yet"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One unsafe request as far as idempotency is concerned. `actor` is a user's id, or 0 for nobody."""

    actor: int
    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """What was answered the first time."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        response = HttpResponse(self.body, status=self.status, headers=self.headers | {REPLAYED_HEADER: "true"})
        if not self.body:
            del response.headers["Content-Type"]
        return response


class IdempotencyStore(Protocol):
    """Where a service keeps answers."""

    def once(self, call: Call, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
        """The stored answer of `call`, or that of `work`, stored in the same transaction as its effect.

        :param secret: the answer carries tokens.
        :raises KeyReused: the key is known with another fingerprint. :raises InProgress: another thread is at it.
        """

    def remember(self, call: Call, answer: StoredAnswer) -> None:
        """Store a refusal, whose own transaction was undone."""


def perform(
    request: Request, work: Callable[[], HttpResponse], *, store: IdempotencyStore, actor: int, secret: bool
) -> HttpResponse:
    """Do `work` once for the key of `request`; without a key, simply do it."""
    key = request.headers.get(HEADER)
    if key is None or request.method not in UNSAFE_METHODS:
        return work()
    call = Call(actor=actor, key=_valid(key), fingerprint=_fingerprint(request))
    try:
        return store.once(call, work, secret=secret)
    except (KeyReused, InProgress):
        raise
    except (Problem, ValidationError) as error:
        _remember_refusal(call, error, request, store)
        raise


def _remember_refusal(call: Call, error: Problem | ValidationError, request: Request, store: IdempotencyStore) -> None:
    """A refusal is an answer too: the same call again is refused with the same words."""
    problem = as_problem(error)
    if problem is not None and problem.status < 500 and problem.status not in _PASSING:
        body = dumps(problem_body(problem, instance=request.path))
        headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
        store.remember(call, StoredAnswer(status=problem.status, body=body, headers=headers))


def stored(response: HttpResponse) -> StoredAnswer:
    """`response` in the form that is kept; one of DRF's is not rendered yet."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    if not isinstance(response, Response):
        return StoredAnswer(status=response.status_code, body=response.content, headers=headers)
    body = JSONRenderer().render(response.data)
    headers |= {"Content-Type": JSONRenderer.media_type} if body else {}
    return StoredAnswer(status=response.status_code, body=body, headers=headers)


def _valid(key: str) -> str:
    if not _KEY.fullmatch(key):
        detail = "Must be 1 to 255 visible ASCII characters."
        raise ValidationProblem(FieldError(field=HEADER, code="invalid", detail=detail))
    return key


def _fingerprint(request: Request) -> str:
    """Keyed, as a body may hold a password: whoever reads the store cannot try passwords against it."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"idempotency\n", hashlib.sha256)
    for part in _parts(request):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(request: Request) -> Iterable[bytes]:
    yield str(request.method).encode()
    yield request.get_full_path().encode()
    # Calls without a body are as many as calls with one, and may not be asked for it.
    data: Any = request.data if getattr(request, "has_body", True) else {}
    for name in sorted(data):
        value = data[name]
        yield str(name).encode()
        yield from _chunks(value) if isinstance(value, UploadedFile) else [dumps(value)]


def _chunks(upload: UploadedFile) -> Iterable[bytes]:
    """A multipart body has another boundary each time, so what counts is what is in it."""
    yield from upload.chunks()
    upload.seek(0)
