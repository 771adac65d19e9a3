"""Another password, with the old one or with a mail."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.services.credentials import WrongPassword
from auth_project.tokens import passwords
from auth_project.tokens.serializers import PasswordChangeInput, PasswordResetConfirmInput, PasswordResetInput
from auth_project.tokens.views.base import OpenView
from shared.bearer import IsSignedIn, viewer
from shared.openapi import problems
from shared.rate_limits import Quota, client_network
from shared.views import ApiView


class ChangePasswordView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [Quota(name="password-change", limit=30, window_seconds=900, per="user")]}

    @extend_schema(
        tags=["Passwords"],
        operation_id="change_password",
        request=PasswordChangeInput,
        responses={204: None, **problems(WrongPassword)},
    )
    def post(self, request: Request) -> Response:
        """Change one's password; all other sessions end, and the owner is told by mail."""
        given = PasswordChangeInput(data=request.data)
        given.is_valid(raise_exception=True)
        passwords.change(
            viewer=viewer(request),
            current=given.validated_data["current_password"],
            new=given.validated_data["new_password"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response(status=204)


class ResetPasswordView(OpenView):
    quotas = {"POST": [Quota(name="password-reset", limit=30, window_seconds=3_600)]}

    @extend_schema(tags=["Passwords"], operation_id="reset_password", request=PasswordResetInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Ask for a mail with a link to a new password, good for an hour. The answer is always the same."""
        given = PasswordResetInput(data=request.data)
        given.is_valid(raise_exception=True)
        passwords.request_reset(email=given.validated_data["email"], now=timezone.now())
        return Response(status=202)


class ConfirmPasswordResetView(OpenView):
    quotas = {"POST": [Quota(name="password-reset-confirm", limit=60, window_seconds=3_600)]}

    @extend_schema(
        tags=["Passwords"],
        operation_id="confirm_password_reset",
        request=PasswordResetConfirmInput,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token of the mail, once. All sessions end; a second factor stays on."""
        given = PasswordResetConfirmInput(data=request.data)
        given.is_valid(raise_exception=True)
        passwords.reset(
            token=given.validated_data["token"],
            new=given.validated_data["new_password"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response(status=204)
