"""`/api/v1/profiles`: open to all; what a viewer's token adds is their relation to each."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.conditional import single_object
from posts_project.openapi import ETAG_PARAMETERS, IDS
from posts_project.parameters import query_ids
from posts_project.profiles import selectors
from posts_project.profiles.serializers import ProfileResults, ProfileWhole
from posts_project.profiles.services import fill
from shared.bearer import viewer
from shared.views import ApiView


class ProfileView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="profile", parameters=ETAG_PARAMETERS, responses=ProfileWhole)
    def get(self, request: Request, username: str) -> HttpResponse:
        """A profile with its counts and the viewer's relation to it."""
        who = viewer(request)
        profile = fill.by_username(username, viewer_id=who.user_id)
        return single_object(request, selectors.profile(profile.id, viewer_id=who.user_id))


class ProfilesView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="profiles", parameters=[IDS], responses=ProfileResults)
    def get(self, request: Request) -> Response:
        """Several profiles at once, in the order asked for; those that are not there for the viewer are left out."""
        ids = query_ids(request)
        fill.ensure(ids)
        results = selectors.whole(ids, viewer_id=viewer(request).user_id)
        return Response({"results": results, "next": None, "previous": None})
