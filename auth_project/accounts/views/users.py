"""What everybody may see of everybody."""

import re

from django.core.files.storage import default_storage
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.serializers import UserOutput, UserPageOutput
from shared.pagination import Keyset
from shared.problems import FieldError, NotFound, ValidationProblem
from shared.rate_limits import Quota
from shared.stored_files import PictureRenderer, stored_file
from shared.views import ApiView
from shared.wire import JSONRenderer

LONGEST_QUERY = 60
AVATAR = re.compile(r"[0-9a-f]{32}\.webp")


class UserView(ApiView):
    permission_classes = [AllowAny]

    @extend_schema(tags=["Users"], operation_id="get_user", responses=UserOutput)
    def get(self, request: Request, username: str) -> Response:
        """A user's public face."""
        user = selectors.active_by_username(username)
        if user is None:
            raise NotFound
        return Response(UserOutput(user).data)


class DirectoryView(ApiView):
    permission_classes = [AllowAny]
    quotas = {"GET": [Quota(name="directory", limit=600, window_seconds=60)]}

    @extend_schema(
        tags=["Users"],
        operation_id="list_users",
        parameters=[
            OpenApiParameter("q", str, required=True, description="How the username begins, to the letter."),
            OpenApiParameter("limit", int, description="1–100, 20 where not given."),
            OpenApiParameter("cursor", str, description="From `next` or `previous`."),
        ],
        responses=UserPageOutput,
    )
    def get(self, request: Request) -> Response:
        """Users whose name begins with `q`, by name."""
        prefix = _prefix(request)
        page: Keyset[str] = Keyset.from_request(request, scope=f"users {prefix}", positions=str)
        found = selectors.directory(prefix)
        if page.ascending:
            rows = found.filter(username_ci__lt=page.after).order_by("-username_ci")
        else:
            rows = (found.filter(username_ci__gt=page.before) if page.before else found).order_by("username_ci")
        return page.respond(
            list(rows[: page.fetch]),
            position=lambda user: user.username_ci,
            render=lambda users: list(UserOutput(users, many=True).data),
        )


class AvatarView(ApiView):
    """A file from a stranger, though made anew: it may not be sniffed, run or framed, and never changes."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [PictureRenderer, JSONRenderer]

    @extend_schema(tags=["Users"], operation_id="get_avatar", responses={(200, "image/webp"): OpenApiTypes.BINARY})
    def get(self, request: Request, name: str) -> HttpResponse:
        """A user's avatar, at the address that `avatar_url` names."""
        if not AVATAR.fullmatch(name):
            raise NotFound
        return stored_file(default_storage, f"avatars/{name}", content_type="image/webp")


def _prefix(request: Request) -> str:
    prefix = request.query_params.get("q", "").strip()
    if not 0 < len(prefix) <= LONGEST_QUERY:
        detail = f"Give 1 to {LONGEST_QUERY} characters."
        raise ValidationProblem(FieldError(field="q", code="max_length" if prefix else "required", detail=detail))
    return prefix
