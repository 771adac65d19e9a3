"""Follow and unfollow, who follows whom, and the requests that private profiles get."""

from collections.abc import Sequence

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project import sql
from posts_project.authentication import signed_in
from posts_project.conditional import single_object
from posts_project.follows import selectors
from posts_project.follows.services import edges, requests
from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.profiles.selectors import profile
from posts_project.profiles.serializers import ProfileShort, ProfileWhole
from posts_project.profiles.services import fill
from posts_project.throttling.quotas import FOLLOW, RELATE
from shared.bearer import viewer
from shared.pagination import Keyset
from shared.views import ApiView


class FollowView(ApiView):
    quotas = {"PUT": [FOLLOW], "DELETE": [RELATE]}

    @extend_schema(operation_id="follow", request=None, responses=ProfileWhole)
    def put(self, request: Request, username: str) -> HttpResponse:
        """Follow, or ask to follow a private profile (`requested`); twice is as once."""
        who = signed_in(request)
        followee = fill.by_username(username, viewer_id=who.user_id)
        edges.follow(follower=fill.acting(who), followee=followee)
        return single_object(request, profile(followee.id, viewer_id=who.user_id))

    @extend_schema(operation_id="unfollow", request=None, responses=ProfileWhole)
    def delete(self, request: Request, username: str) -> HttpResponse:
        """Unfollow, or withdraw the request; twice is as once."""
        who = signed_in(request)
        followee = fill.by_username(username, viewer_id=who.user_id)
        edges.unfollow(follower=fill.acting(who), followee=followee)
        return single_object(request, profile(followee.id, viewer_id=who.user_id))


class FollowersView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="followers", parameters=PAGE_PARAMETERS, responses=paged(ProfileShort))
    def get(self, request: Request, username: str) -> HttpResponse:
        """Who follows the profile, newest first; those of a private one are for itself and its followers."""
        who = viewer(request)
        followee = fill.by_username(username, viewer_id=who.user_id)
        page = Keyset.from_request(request, scope=f"followers:{followee.id}")
        return _people(page, selectors.followers(followee.id, page, viewer_id=who.user_id))


class FollowingView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="following", parameters=PAGE_PARAMETERS, responses=paged(ProfileShort))
    def get(self, request: Request, username: str) -> HttpResponse:
        """Whom the profile follows, newest first; those of a private one are for itself and its followers."""
        who = viewer(request)
        follower = fill.by_username(username, viewer_id=who.user_id)
        page = Keyset.from_request(request, scope=f"following:{follower.id}")
        return _people(page, selectors.following(follower.id, page, viewer_id=who.user_id))


class FollowRequestsView(ApiView):
    @extend_schema(operation_id="follow_requests", parameters=PAGE_PARAMETERS, responses=paged(ProfileShort))
    def get(self, request: Request) -> HttpResponse:
        """Who has asked to follow the viewer, newest first."""
        page = Keyset.from_request(request, scope="follow-requests")
        return _people(page, selectors.requests_to(signed_in(request).user_id, page))


class AcceptView(ApiView):
    quotas = {"PUT": [RELATE]}

    @extend_schema(operation_id="accept_follow_request", request=None, responses=ProfileWhole)
    def put(self, request: Request, username: str) -> HttpResponse:
        """Let them follow."""
        who = signed_in(request)
        follower = fill.by_username(username, viewer_id=who.user_id)
        requests.accept(followee=fill.acting(who), follower=follower)
        return single_object(request, profile(follower.id, viewer_id=who.user_id))


class RejectView(ApiView):
    quotas = {"PUT": [RELATE]}

    @extend_schema(operation_id="reject_follow_request", request=None, responses=ProfileWhole)
    def put(self, request: Request, username: str) -> HttpResponse:
        """Refuse; they may ask again."""
        who = signed_in(request)
        follower = fill.by_username(username, viewer_id=who.user_id)
        requests.reject(followee=fill.acting(who), follower=follower)
        return single_object(request, profile(follower.id, viewer_id=who.user_id))


def _people(page: Keyset, rows: Sequence[sql.Row]) -> HttpResponse:
    return list_response(page.page(rows, position=selectors.position), selectors.entry)
