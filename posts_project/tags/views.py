"""`/api/v1/tags/followed` and `/api/v1/tags/{tag}/follow`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import signed_in
from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.posts.text import tag_name
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.tags import selectors, services
from posts_project.tags.serializers import TagRelation
from posts_project.tags.services import TooManyTags
from posts_project.throttling.quotas import KEEP
from shared.openapi import problems
from shared.pagination import Keyset
from shared.problems import NotFound
from shared.views import ApiView


class FollowedTagsView(ApiView):
    @extend_schema(operation_id="followed_tags", parameters=PAGE_PARAMETERS, responses=paged(TagRelation))
    def get(self, request: Request) -> Response:
        """The tags that the viewer follows, last followed first."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"tags:{who.user_id}")
        found = selectors.followed(who.user_id, page)
        return page.respond(
            found,
            position=lambda one: one.since,
            render=lambda kept: [_body(one.name, following=True) for one in kept],
        )


class FollowTagView(ApiView):
    quotas = {"PUT": [KEEP], "DELETE": [KEEP]}

    @extend_schema(
        operation_id="follow_tag", request=None, responses={200: TagRelation, **problems(TooManyTags, AccountInactive)}
    )
    def put(self, request: Request, tag: str) -> Response:
        """Have public posts with the tag in one's home timeline, at most fifty tags; twice is as once."""
        profile, name = fill.acting(signed_in(request)), _name(tag)
        services.follow(profile=profile, name=name)
        return Response(_body(name, following=True))

    @extend_schema(operation_id="unfollow_tag", request=None, responses={200: TagRelation, **problems(AccountInactive)})
    def delete(self, request: Request, tag: str) -> Response:
        """Have them no longer; twice is as once."""
        profile, name = fill.acting(signed_in(request)), _name(tag)
        services.unfollow(profile=profile, name=name)
        return Response(_body(name, following=False))


def _name(tag: str) -> str:
    """:raises NotFound: no text can have such a tag."""
    name = tag_name(tag)
    if name is None:
        raise NotFound
    return name


def _body(name: str, *, following: bool) -> dict[str, Any]:
    return {"name": name, "following": following}
