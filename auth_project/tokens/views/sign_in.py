"""Into an account, on with it, and out."""

from dataclasses import asdict

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.models import User
from auth_project.accounts.serializers import CheckedUserOutput, CredentialsInput, RegisterInput, UserOutput
from auth_project.accounts.services import register
from auth_project.accounts.services.credentials import InvalidCredentials
from auth_project.accounts.views.internal import InternalView
from auth_project.acting import POSTS_ADMIN, acting
from auth_project.tokens import services, sign_in
from auth_project.tokens.models import Session
from auth_project.tokens.second_factor import OtpRequired
from auth_project.tokens.serializers import RefreshInput, RegisteredOutput, StaffCredentialsInput, TokensOutput
from auth_project.tokens.views.base import LOGINS, OpenView, device, tokens_for
from shared.bearer import IsSignedIn, viewer
from shared.openapi import problems
from shared.problems import PermissionDenied, Throttled, TokenExpired, TokenInvalid, TokenRevoked
from shared.rate_limits import Quota, client_network, network_of
from shared.views import ApiView


class RegisterView(OpenView):
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [Quota(name="register", limit=100, window_seconds=3_600)]}

    @extend_schema(
        tags=["Sessions"],
        operation_id="register",
        request=RegisterInput,
        responses={201: RegisteredOutput, 202: None},
    )
    def post(self, request: Request) -> Response:
        """Make an account and sign in. Where addresses must be verified: 202, nothing else, and a mail to the address,
        whether or not there is an account with it already."""
        now = timezone.now()
        wanted = RegisterInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        if settings.REQUIRE_VERIFIED_EMAIL:
            register.request(**wanted.validated_data, now=now)
            return Response(status=202)
        user = register.register(**wanted.validated_data)
        pair = services.start_session(user=user, device=device(request), now=now, method="registration")
        body = {"user": UserOutput(user).data, **asdict(pair)}
        return Response(body, status=201, headers={"Location": f"/api/v1/users/{user.username}"})


class LoginView(OpenView):
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [LOGINS]}

    @extend_schema(
        tags=["Sessions"],
        operation_id="login",
        request=CredentialsInput,
        responses={200: TokensOutput, **problems(InvalidCredentials, OtpRequired)},
    )
    def post(self, request: Request) -> Response:
        """Sign in by username or e-mail address; with a one-time code or a recovery code where the account asks for
        one. Who had deactivated their account is back with that. Wrong attempts are limited for each account and
        address."""
        now = timezone.now()
        given = CredentialsInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = sign_in.authenticate(**_credentials(given), network=client_network(request), now=now)
        return tokens_for(user, request, now=now)


class RefreshView(OpenView):
    answers_secrets = frozenset({"POST"})
    quotas = {"POST": [Quota(name="refresh", limit=600, window_seconds=60)]}

    @extend_schema(
        tags=["Sessions"],
        operation_id="refresh",
        request=RefreshInput,
        responses={200: TokensOutput, **problems(services.TokenReused, TokenInvalid, TokenExpired, TokenRevoked)},
    )
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a new pair. Sent again within ten seconds it gives the same refresh token again;
        later, or after its successor was used, it ends the session."""
        given = RefreshInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(asdict(services.refresh(token=given.validated_data["refresh"], now=timezone.now())))


class LogoutView(ApiView):
    permission_classes = [IsSignedIn]
    ends_sessions = frozenset({"POST"})

    @extend_schema(tags=["Sessions"], operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this session, in both services."""
        services.end_session(session_id=viewer(request).session_id, reason=Session.EndReason.LOGOUT, now=timezone.now())
        return Response(status=204)


class TooManyAttempts(PermissionDenied):
    """Not 429: Posts would take that for Auth being overloaded, and hold back every other call for a while."""

    code, title = Throttled.code, "Too many wrong attempts"


class CheckCredentialsView(InternalView):
    @extend_schema(
        operation_id="internal_check_credentials", request=StaffCredentialsInput, responses=CheckedUserOutput
    )
    def post(self, request: Request) -> Response:
        """Who signs in to the admin site of Posts, and what they may do there."""
        given = StaffCredentialsInput(data=request.data)
        given.is_valid(raise_exception=True)
        address = given.validated_data.get("address")
        with acting(ip=address if network_of(address) else None, user_agent="", site=POSTS_ADMIN):
            user = _checked(given, network_of(address))
            sign_in.tell(user, is_let_in=bool(user.roles))
        return Response({"user": user.public_state.to_json(), "roles": user.roles})


def _checked(given: CredentialsInput, network: str) -> User:
    try:
        return sign_in.authenticate_staff(**_credentials(given), network=network, now=timezone.now())
    except Throttled as refusal:
        raise TooManyAttempts from refusal


def _credentials(given: CredentialsInput) -> dict[str, str]:
    return {name: given.validated_data.get(name, "") for name in ("login", "password", "otp")}
