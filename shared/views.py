"""The base of all API views."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.views import APIView

from shared import idempotency, rate_limits
from shared.bearer import Viewer
from shared.problems import ParseProblem
from shared.rate_limits import Quota, Usage

_WITHOUT_CONTENT = frozenset({204, 304})


class StrictRequest(Request):
    """DRF's request, but a body that was promised must be there, and one of unknown length is read."""

    def _load_stream(self) -> None:
        if "chunked" in self._request.headers.get("Transfer-Encoding", "").lower():
            # Django believes that a body without a length is empty; the parser bounds what it reads.
            self._stream = self._request.META["wsgi.input"]
        else:
            super()._load_stream()  # type: ignore[misc]

    def _parse(self) -> Any:
        promised = (self.content_type or "").partition(";")[0] == "application/json" or self.method == "PATCH"
        if promised and self.stream is None:
            # DRF would take nothing for an empty object, and answer 200 to a change that got lost on the way.
            raise ParseProblem("The body is empty: send a JSON object, if only {}")
        return super()._parse()  # type: ignore[misc]

    @property
    def has_body(self) -> bool:
        """Whether anything was sent; for calls whose body is optional."""
        return self.stream is not None


class ApiView(APIView):
    """An API view with strict bodies, whose unsafe methods honour `Idempotency-Key`.

    `answers_secrets` names the methods whose answers carry tokens, `ends_sessions` those that may end the session they
    come with: sent again with their key, they are answered though it is over. The service's store is
    `IDEMPOTENCY_STORE`.
    `quotas` says by method how often somebody may call, HEAD counting as GET; one call too many is refused before it is
    read.
    """

    # Cross-origin preflights are answered before a view is found; nobody else needs OPTIONS.
    http_method_names = ["get", "post", "put", "patch", "delete", "head", "trace"]
    answers_secrets: frozenset[str] = frozenset()
    ends_sessions: frozenset[str] = frozenset()
    quotas: Mapping[str, Sequence[Quota]] = {}
    usages: Sequence[Usage] = ()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        return StrictRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            # Before anybody asks who is calling: a method that does not exist is closed to all.
            self.http_method_not_allowed(request, *args, **kwargs)
        super().initial(request, *args, **kwargs)
        counted_as = "GET" if request.method == "HEAD" else request.method or ""
        self.usages = rate_limits.count_call(request, self.quotas.get(counted_as, ()))
        rate_limits.refuse_exceeded(self.usages)
        if idempotency.HEADER in request.headers:
            # A view object serves one request: DRF looks the handler up on it right after this.
            setattr(self, method, self._once(getattr(self, method), secret=request.method in self.answers_secrets))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code in _WITHOUT_CONTENT:
            # Django's default, a web page, is what none of them is.
            response.headers.pop("Content-Type", None)
        for name, value in rate_limits.headers(self.usages).items():
            response.headers[name] = value
        return response

    def was_answered(self, request: Request, *, user_id: int) -> bool:
        """Whether this call may have ended the session it comes with, and the user's answer to it is kept."""
        key = request.headers.get(idempotency.HEADER)
        if key is None or request.method not in self.ends_sessions:
            return False
        return bool(import_string(settings.IDEMPOTENCY_STORE).was_answered(actor=user_id, key=key, now=timezone.now()))

    def _once(self, handler: Any, *, secret: bool) -> Any:
        def once(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.user.user_id if isinstance(request.user, Viewer) else 0
            store = import_string(settings.IDEMPOTENCY_STORE)
            return idempotency.perform(
                request, lambda: handler(request, *args, **kwargs), store=store, actor=actor, secret=secret
            )

        return once
