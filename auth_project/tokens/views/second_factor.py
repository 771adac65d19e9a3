"""One-time codes: on, off, and recovery codes for who lost the device."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.services import credentials
from auth_project.accounts.services.credentials import WrongPassword
from auth_project.tokens import second_factor, sign_in
from auth_project.tokens.second_factor import AlreadyEnabled, MfaRequired, NotEnabled, WrongCode
from auth_project.tokens.serializers import (
    CodeInput,
    EnrolInput,
    EnrolmentOutput,
    PasswordAndCodeInput,
    RecoveryCodesOutput,
)
from auth_project.tokens.sign_in import ReauthenticationRequired
from shared.bearer import IsSignedIn, viewer
from shared.openapi import problems
from shared.rate_limits import Quota, client_network
from shared.views import ApiView

CHANGES = Quota(name="mfa", limit=30, window_seconds=900, per="user")


class TotpView(ApiView):
    permission_classes = [IsSignedIn]
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [CHANGES], "DELETE": [CHANGES]}

    @extend_schema(
        tags=["Second factor"],
        operation_id="enrol_totp",
        request=EnrolInput,
        responses={201: EnrolmentOutput, **problems(ReauthenticationRequired, WrongPassword, AlreadyEnabled)},
    )
    def post(self, request: Request) -> Response:
        """Begin with one-time codes: put the secret into an authenticator app, then confirm within fifteen minutes.
        Needs the password where the sign-in was more than five minutes ago."""
        now = timezone.now()
        given = EnrolInput(data=request.data)
        given.is_valid(raise_exception=True)
        password = given.validated_data.get("password", "")
        sign_in.require_fresh(viewer=viewer(request), password=password, network=client_network(request), now=now)
        enrolment = second_factor.enrol(user_id=viewer(request).user_id, now=now)
        return Response(asdict(enrolment), status=201, headers={"Location": request.path})

    @extend_schema(
        tags=["Second factor"],
        operation_id="remove_totp",
        request=PasswordAndCodeInput,
        responses={204: None, **problems(WrongPassword, WrongCode, MfaRequired, NotEnabled)},
    )
    def delete(self, request: Request) -> Response:
        """Sign in with the password alone again."""
        second_factor.remove(**_confirmed(request))
        return Response(status=204)


class ConfirmTotpView(ApiView):
    permission_classes = [IsSignedIn]
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [CHANGES]}

    @extend_schema(
        tags=["Second factor"],
        operation_id="confirm_totp",
        request=CodeInput,
        responses={200: RecoveryCodesOutput, **problems(WrongCode, NotEnabled)},
    )
    def post(self, request: Request) -> Response:
        """Turn one-time codes on with the first of them. The recovery codes are shown this once."""
        given = CodeInput(data=request.data)
        given.is_valid(raise_exception=True)
        codes = second_factor.confirm(
            user_id=viewer(request).user_id,
            code=given.validated_data["code"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response({"recovery_codes": codes})


class RecoveryCodesView(ApiView):
    permission_classes = [IsSignedIn]
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [CHANGES]}

    @extend_schema(
        tags=["Second factor"],
        operation_id="renew_recovery_codes",
        request=PasswordAndCodeInput,
        responses={201: RecoveryCodesOutput, **problems(WrongPassword, WrongCode, NotEnabled)},
    )
    def post(self, request: Request) -> Response:
        """Ten new recovery codes in place of those that are left; shown this once."""
        codes = second_factor.renew_recovery_codes(**_confirmed(request))
        return Response({"recovery_codes": codes}, status=201, headers={"Location": request.path})


def _confirmed(request: Request) -> dict[str, Any]:
    """The arguments of a change, once the password in the body was found right."""
    given = PasswordAndCodeInput(data=request.data)
    given.is_valid(raise_exception=True)
    network, now = client_network(request), timezone.now()
    password, code = given.validated_data["password"], given.validated_data["code"]
    user = credentials.confirm(user_id=viewer(request).user_id, password=password, network=network, now=now)
    return {"user": user, "code": code, "network": network, "now": now}
