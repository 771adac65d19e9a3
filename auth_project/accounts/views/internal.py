"""What Posts may ask."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from auth_project.accounts.serializers import KnownUsersOutput
from auth_project.posts_client import PostsAuthentication
from shared.fields import parse_id
from shared.problems import FieldError, ValidationProblem
from shared.service_tokens import IsPeerService
from shared.views import ApiView

MAX_LOOK_UPS = 100


class InternalView(ApiView):
    """For Posts alone."""

    authentication_classes = [PostsAuthentication]
    permission_classes = [IsPeerService]


class KnownUsersView(InternalView):
    @extend_schema(
        operation_id="internal_get_users",
        parameters=[
            OpenApiParameter("ids", str, description="Up to 100 ids, separated by commas."),
            OpenApiParameter("usernames", str, description="Up to 100 usernames, separated by commas."),
        ],
        responses=KnownUsersOutput,
    )
    def get(self, request: Request) -> Response:
        """The state of up to 100 users, by `ids` or by `usernames`; unknown ones are left out."""
        return known(_looked_up(request.query_params))


def known(users: Iterable[User]) -> Response:
    """In the shape of `KnownUsersOutput`."""
    return Response({"users": [{"user": user.public_state.to_json(), "sequence": user.version} for user in users]})


def _looked_up(query: Any) -> list[User]:
    """:raises ValidationProblem: not exactly one of the two parameters, a bad id, or more than 100 of either."""
    if sorted(query) == ["ids"]:
        return selectors.by_ids(_ids(query["ids"]))
    if sorted(query) == ["usernames"]:
        return selectors.by_usernames(_at_most_100("usernames", query["usernames"]))
    raise ValidationProblem(FieldError(field="ids", code="required", detail="Give either ids or usernames."))


def _ids(text: str) -> list[int]:
    ids = [parse_id(word) for word in _at_most_100("ids", text)]
    if None in ids:
        raise ValidationProblem(FieldError(field="ids", code="invalid", detail="Must be ids, separated by commas."))
    return [one for one in ids if one is not None]


def _at_most_100(field: str, text: str) -> list[str]:
    words = text.split(",")
    if len(words) > MAX_LOOK_UPS:
        raise ValidationProblem(FieldError(field=field, code="max_length", detail=f"At most {MAX_LOOK_UPS} a call."))
    return words
