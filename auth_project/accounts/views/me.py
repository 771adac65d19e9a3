"""One's own account."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from auth_project.accounts.serializers import ErasureBegunOutput, MeOutput, PasswordInput, ProfileInput
from auth_project.accounts.services import deactivation, erasure, profile
from auth_project.accounts.services.credentials import WrongPassword
from shared.bearer import IsSignedIn, viewer
from shared.openapi import problems
from shared.parsing import StrictJSONParser
from shared.rate_limits import Quota, client_network
from shared.uploads import StrictMultiPartParser
from shared.views import ApiView

FORM_FLAGS = {"true": True, "false": False}


class MeView(ApiView):
    permission_classes = [IsSignedIn]
    ends_sessions = frozenset({"DELETE"})
    parser_classes = [StrictJSONParser, StrictMultiPartParser]
    quotas = {
        "PATCH": [Quota(name="profile", limit=300, window_seconds=3_600, per="user")],
        "DELETE": [Quota(name="leaving", limit=30, window_seconds=900, per="user")],
    }

    @extend_schema(tags=["Users"], operation_id="get_me", responses=MeOutput)
    def get(self, request: Request) -> Response:
        """The account of whoever asks."""
        return Response(MeOutput(_me(request)).data)

    @extend_schema(tags=["Users"], operation_id="update_me", request=ProfileInput(partial=True), responses=MeOutput)
    def patch(self, request: Request) -> Response:
        """Change one's profile; fields that are not named stay as they are. An old username is nobody's any more.

        A new avatar comes in a multipart body; it is cut to a square, and everything but its pixels is dropped.
        `"avatar": null` in a JSON body takes the present one away.
        """
        changes = ProfileInput(_me(request), data=_values(request), partial=True)
        changes.is_valid(raise_exception=True)
        user = profile.update(user_id=viewer(request).user_id, **changes.validated_data)
        return Response(MeOutput(user).data)

    @extend_schema(
        tags=["Users"],
        operation_id="erase_me",
        request={"application/json": PasswordInput},
        responses={202: ErasureBegunOutput, **problems(WrongPassword)},
    )
    def delete(self, request: Request) -> Response:
        """Erase the account and all that belongs to it, in both services, for good. The username stays unused."""
        given = PasswordInput(data=request.data)
        given.is_valid(raise_exception=True)
        begun = erasure.erase(
            user_id=viewer(request).user_id,
            password=given.validated_data["password"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response(ErasureBegunOutput({"erasure_id": begun.public_id}).data, status=202)


class DeactivateView(ApiView):
    permission_classes = [IsSignedIn]
    ends_sessions = frozenset({"POST"})
    quotas = {"POST": [Quota(name="leaving", limit=30, window_seconds=900, per="user")]}

    @extend_schema(
        tags=["Users"],
        operation_id="deactivate_me",
        request=PasswordInput,
        responses={204: None, **problems(WrongPassword)},
    )
    def post(self, request: Request) -> Response:
        """Hide the account everywhere and end all sessions. The next sign-in brings it back."""
        given = PasswordInput(data=request.data)
        given.is_valid(raise_exception=True)
        deactivation.deactivate(
            user_id=viewer(request).user_id,
            password=given.validated_data["password"],
            network=client_network(request),
            now=timezone.now(),
        )
        return Response(status=204)


def _me(request: Request) -> User:
    return selectors.present(viewer(request).user_id)


def _values(request: Request) -> dict[str, Any]:
    """The body; a form has no other way to say true and false than in words."""
    values: Any = request.data
    is_form = (request.content_type or "").startswith("multipart/")
    flag = values.get("is_private")
    if is_form and isinstance(flag, str) and flag in FORM_FLAGS:
        return {**values, "is_private": FORM_FLAGS[flag]}
    return dict(values)
