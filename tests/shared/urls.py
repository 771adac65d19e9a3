"""Endpoints that raise, echo and page, so that the common library can be seen from outside."""

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shared.breaker import CircuitBreaker
from shared.defaults import ERROR_HANDLERS
from shared.fields import ChoiceField, FlagField, IdField, IntegerField, SecretField, TextField, TimestampField
from shared.health import PeerProbe, health_urls, once_passed
from shared.openapi import PAGE_PARAMETERS
from shared.pagination import Keyset
from shared.problems import Conflict
from shared.rate_limits import Quota
from shared.serializers import Input
from shared.urls import api, api_documents
from shared.views import ApiView

ROWS = list(range(1, 46))

effects: list[object] = []
peer_is_up = True
database_is_up = True


class Inner(Input):
    name = TextField(max_length=5)


class Everything(Input):
    id = IdField(required=False)
    text = TextField(required=False, max_length=10)
    lines = TextField(required=False, multiline=True, allow_blank=True)
    secret = SecretField(required=False, max_length=20)
    flag = FlagField(required=False)
    number = IntegerField(required=False, min_value=1, max_value=9)
    choice = ChoiceField(required=False, choices=["red", "blue"])
    at = TimestampField(required=False)
    inner = Inner(required=False)
    shown = serializers.CharField(read_only=True)


described = extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
creating = extend_schema(request=OpenApiTypes.OBJECT, responses={201: OpenApiTypes.OBJECT})


@described
class EchoView(ApiView):
    """Answers what it understood."""

    permission_classes = [permissions.AllowAny]

    def post(self, request: Request) -> Response:
        body = Everything(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(Everything(body.validated_data).data)

    patch = post


@described
class PrivateView(ApiView):
    def get(self, request: Request) -> Response:
        return Response({"user_id": str(request.user.user_id), "roles": list(request.user.roles)})


@described
class CountingView(ApiView):
    """Every call has an effect that can be counted; the answer tells how many there were."""

    permission_classes = [permissions.AllowAny]
    answers_secrets = frozenset({"PUT"})

    @creating
    def post(self, request: Request) -> Response:
        effects.append(request.data)
        if request.data.get("fail") == "conflict":
            raise Conflict(f"after {len(effects)}")
        if request.data.get("fail") == "bug":
            raise RuntimeError
        return Response({"effects": len(effects)}, status=201, headers={"Location": "/there"})

    def put(self, request: Request) -> HttpResponse:
        effects.append("put")
        return HttpResponse(b'{"plain":true}', content_type="application/json")

    def delete(self, request: Request) -> Response:
        effects.append("delete")
        return Response(status=204)


@described
class RaisingView(ApiView):
    permission_classes = [permissions.AllowAny]

    def get(self, request: Request, kind: str) -> Response:
        raise {
            "conflict": Conflict("Twice"),
            "denied": DjangoPermissionDenied("a secret reason"),
            "bug": RuntimeError("a secret reason"),
        }[kind]


@described
class OpenView(ApiView):
    authentication_classes = []
    permission_classes = [permissions.AllowAny]

    def get(self, request: Request) -> Response:
        return Response({})


@described
class NumbersView(ApiView):
    """A list of 1 to 45, newest first."""

    permission_classes = [permissions.AllowAny]

    @extend_schema(parameters=PAGE_PARAMETERS)
    def get(self, request: Request, name: str) -> Response:
        page = Keyset.from_request(request, scope=name)
        return page.respond(_rows(page), position=lambda row: row, render=lambda rows: rows)


@described
class LimitedView(ApiView):
    """Three calls a minute from one address, two an hour by one user; reading is free."""

    permission_classes = [permissions.AllowAny]
    quotas = {
        "POST": [
            Quota(name="bursts", limit=3, window_seconds=60),
            Quota(name="hourly", limit=2, window_seconds=3_600, per="user"),
        ]
    }

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        effects.append(request.data)
        return Response({}, status=201)


def _rows(page: Keyset) -> list[int]:
    if page.after is not None:
        return [row for row in ROWS if row > page.after][: page.fetch]
    return [row for row in reversed(ROWS) if page.before is None or row < page.before][: page.fetch]


@require_POST
def plain(request: HttpRequest) -> HttpResponse:
    raise Conflict("From a plain view")


def _database() -> None:
    if not database_is_up:
        raise ConnectionError


def _peer() -> None:
    if not peer_is_up:
        raise ConnectionError


peer = PeerProbe(breaker=CircuitBreaker("peer"), ask=_peer)

urlpatterns = [
    *health_urls(checks={"database": _database, "once": once_passed(_database)}, peers={"peer": peer}),
    *api_documents(),
    api("api/v1/echo", EchoView.as_view()),
    api("api/v1/counting", CountingView.as_view()),
    api("api/v1/limited", LimitedView.as_view()),
    api("api/v1/private", PrivateView.as_view()),
    api("api/v1/open", OpenView.as_view()),
    api("api/v1/raise/<kind>", RaisingView.as_view()),
    api("api/v1/numbers/<name>", NumbersView.as_view()),
    path("plain", plain),
]
globals().update(ERROR_HANDLERS)
