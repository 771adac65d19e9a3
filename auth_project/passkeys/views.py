"""Passkeys: added, named and removed by who is signed in, and a way in for who is not."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.services.credentials import WrongPassword
from auth_project.passkeys import selectors, services, sign_in
from auth_project.passkeys.models import Passkey
from auth_project.passkeys.serializers import (
    BeginSignInInput,
    CreationOptionsOutput,
    PasskeyEdit,
    PasskeyInput,
    PasskeyOutput,
    PasskeysOutput,
    RequestOptionsOutput,
    SignInInput,
)
from auth_project.passkeys.services import TooManyPasskeys
from auth_project.passkeys.sign_in import PasskeyRefused
from auth_project.tokens.serializers import EnrolInput, TokensOutput
from auth_project.tokens.sign_in import ReauthenticationRequired, require_fresh
from auth_project.tokens.views.base import LOGINS, OpenView, tokens_for
from shared.bearer import IsSignedIn, viewer
from shared.fields import parse_id
from shared.openapi import PAGE_PARAMETERS, problems
from shared.pagination import Keyset
from shared.rate_limits import Quota, client_network
from shared.views import ApiView

CHANGES = Quota(name="passkeys", limit=60, window_seconds=900, per="user")
OPTIONS = Quota(name="passkey-options", limit=300, window_seconds=900)


class CreationOptionsView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [CHANGES]}

    @extend_schema(
        tags=["Passkeys"],
        operation_id="begin_passkey",
        request=EnrolInput,
        responses={
            200: CreationOptionsOutput,
            **problems(ReauthenticationRequired, WrongPassword, TooManyPasskeys),
        },
    )
    def post(self, request: Request) -> Response:
        """Begin to add a passkey: give these options to `navigator.credentials.create()` and send on what it gives,
        within five minutes. Needs the password where the sign-in was more than five minutes ago."""
        _require_fresh(request)
        return Response(services.begin(user_id=viewer(request).user_id, now=timezone.now()))


class PasskeysView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [CHANGES]}

    @extend_schema(
        tags=["Passkeys"], operation_id="list_passkeys", parameters=PAGE_PARAMETERS, responses=PasskeysOutput
    )
    def get(self, request: Request) -> Response:
        """One's passkeys, newest first."""
        page = Keyset.from_request(request, scope=f"passkeys:{viewer(request).user_id}")
        rows = selectors.of_user(viewer(request).user_id)
        return page.respond(_cut(rows, page), position=lambda one: one.pk, render=_rendered)

    @extend_schema(
        tags=["Passkeys"],
        operation_id="add_passkey",
        request=PasskeyInput,
        responses={201: PasskeyOutput, **problems(TooManyPasskeys)},
    )
    def post(self, request: Request) -> Response:
        """Add the passkey that the browser has made; the owner is told by mail. At most twenty can be kept."""
        given = PasskeyInput(data=request.data)
        given.is_valid(raise_exception=True)
        passkey = services.add(
            user_id=viewer(request).user_id,
            credential=given.validated_data["credential"],
            name=given.validated_data.get("name", ""),
            now=timezone.now(),
        )
        return Response(
            PasskeyOutput(passkey).data, status=201, headers={"Location": f"/api/v1/auth/passkeys/{passkey.pk}"}
        )


class PasskeyView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"PATCH": [CHANGES], "DELETE": [CHANGES]}

    @extend_schema(tags=["Passkeys"], operation_id="get_passkey", responses=PasskeyOutput)
    def get(self, request: Request, passkey_id: str) -> Response:
        """One of one's passkeys."""
        return Response(PasskeyOutput(selectors.own(parse_id(passkey_id), viewer(request).user_id)).data)

    @extend_schema(tags=["Passkeys"], operation_id="rename_passkey", request=PasskeyEdit, responses=PasskeyOutput)
    def patch(self, request: Request, passkey_id: str) -> Response:
        """Give it another name."""
        given = PasskeyEdit(data=request.data)
        given.is_valid(raise_exception=True)
        renamed = services.rename(
            user_id=viewer(request).user_id,
            passkey_id=parse_id(passkey_id),
            name=given.validated_data.get("name"),
        )
        return Response(PasskeyOutput(renamed).data)

    @extend_schema(
        tags=["Passkeys"],
        operation_id="remove_passkey",
        request=EnrolInput,
        responses={204: None, **problems(ReauthenticationRequired, WrongPassword)},
    )
    def delete(self, request: Request, passkey_id: str) -> Response:
        """Never take it again; the owner is told by mail. Needs the password, in a body, where the sign-in was more
        than five minutes ago. Sessions that were begun with it go on."""
        selectors.own(parse_id(passkey_id), viewer(request).user_id)
        _require_fresh(request)
        services.remove(user_id=viewer(request).user_id, passkey_id=parse_id(passkey_id))
        return Response(status=204)


class RequestOptionsView(OpenView):
    quotas = {"POST": [OPTIONS]}

    @extend_schema(
        tags=["Passkeys"],
        operation_id="begin_passkey_login",
        request=BeginSignInInput,
        responses=RequestOptionsOutput,
    )
    def post(self, request: Request) -> Response:
        """Begin to sign in with a passkey: give these options to `navigator.credentials.get()` and send on what it
        gives, within five minutes. The answer does not depend on `login`."""
        given = BeginSignInInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(sign_in.begin(login=given.validated_data.get("login", ""), now=timezone.now()))


class PasskeyLoginView(OpenView):
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [LOGINS]}

    @extend_schema(
        tags=["Passkeys"],
        operation_id="passkey_login",
        request=SignInInput,
        responses={200: TokensOutput, **problems(PasskeyRefused)},
    )
    def post(self, request: Request) -> Response:
        """Sign in with what the browser has signed. No one-time code is asked for: the device has asked for a finger,
        a face or a PIN."""
        now = timezone.now()
        given = SignInInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = sign_in.authenticate(credential=given.validated_data["credential"], now=now)
        return tokens_for(user, request, now=now, method="passkey")


def _require_fresh(request: Request) -> None:
    given = EnrolInput(data=request.data if request.has_body else {})  # type: ignore[attr-defined]
    given.is_valid(raise_exception=True)
    require_fresh(
        viewer=viewer(request),
        password=given.validated_data.get("password", ""),
        network=client_network(request),
        now=timezone.now(),
    )


def _rendered(rows: list[Passkey]) -> Any:
    return PasskeyOutput(rows, many=True).data


def _cut(rows: list[Passkey], page: Keyset[Any]) -> list[Passkey]:
    """At most twenty, so they are read at once and paged here."""
    if page.after is not None:
        return [row for row in reversed(rows) if row.pk > page.after][: page.fetch]
    return [row for row in rows if page.before is None or row.pk < page.before][: page.fetch]
