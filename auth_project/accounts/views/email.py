"""Proving an address, and changing it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.serializers import NewAddressInput, TokenInput
from auth_project.accounts.services import email
from auth_project.accounts.services.credentials import WrongPassword
from shared.bearer import IsSignedIn, viewer
from shared.openapi import problems
from shared.rate_limits import Quota, client_network
from shared.views import ApiView


class VerifyEmailView(ApiView):
    """The link may be opened anywhere, so whatever `Authorization` says is not even read."""

    authentication_classes = []
    permission_classes = [AllowAny]
    quotas = {"POST": [Quota(name="email-verify", limit=60, window_seconds=3_600)]}

    @extend_schema(tags=["E-mail"], operation_id="verify_email", request=TokenInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Do what the link in a mail was for, once: confirm an address, change it, or complete a registration."""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        email.verify(token=given.validated_data["token"], now=timezone.now())
        return Response(status=204)


class ResendEmailView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [Quota(name="email-resend", limit=5, window_seconds=3_600, per="user")]}

    @extend_schema(tags=["E-mail"], operation_id="resend_email", request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Send the link once more to the address that waits for one."""
        email.resend(user_id=viewer(request).user_id)
        return Response(status=202)


class ChangeEmailView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [Quota(name="email-change", limit=10, window_seconds=3_600, per="user")]}

    @extend_schema(
        tags=["E-mail"],
        operation_id="change_email",
        request=NewAddressInput,
        responses={202: None, **problems(WrongPassword)},
    )
    def post(self, request: Request) -> Response:
        """Ask for another address. It counts once the link that it is sent has been followed; the old one is told."""
        given = NewAddressInput(data=request.data)
        given.is_valid(raise_exception=True)
        email.request_change(
            user_id=viewer(request).user_id,
            email=given.validated_data["email"],
            password=given.validated_data["password"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response(status=202)
