"""`/api/v1/timelines`: newest first, entries `{"reposted_by", "post"}`."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project import sql
from posts_project.authentication import signed_in
from posts_project.feeds import selectors
from posts_project.feeds.services import owners
from posts_project.lists import selectors as lists
from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id, query_flag
from posts_project.posts import rows
from posts_project.posts.serializers import TimelineEntry
from posts_project.posts.text import tag_name
from posts_project.profiles.services import fill
from shared.bearer import viewer
from shared.pagination import Keyset
from shared.problems import NotFound
from shared.views import ApiView

ENTRIES = paged(TimelineEntry)
PINNED = OpenApiParameter(
    "pinned", OpenApiTypes.BOOL, description="`true`: only what the profile has pinned of its own, newest pin first."
)


class HomeView(ApiView):
    @extend_schema(operation_id="home_timeline", parameters=PAGE_PARAMETERS, responses=ENTRIES)
    def get(self, request: Request) -> HttpResponse:
        """What those whom the viewer follows wrote or reposted, and the viewer's own; a post at most once."""
        viewer = signed_in(request)
        page = Keyset.from_request(request, scope=f"home:{viewer.user_id}")
        found = selectors.home_timeline(viewer.user_id, page)
        owners.seen(viewer.user_id, now=timezone.now())
        return _unhidden(page, found)


class PublicView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="public_timeline", parameters=PAGE_PARAMETERS, responses=ENTRIES)
    def get(self, request: Request) -> HttpResponse:
        """Everybody's public posts."""
        page = Keyset.from_request(request, scope="public")
        return _unhidden(page, selectors.public_timeline(viewer(request).user_id, page))


class ProfileTimelineView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="profile_timeline", parameters=[*PAGE_PARAMETERS, PINNED], responses=ENTRIES)
    def get(self, request: Request, username: str) -> HttpResponse:
        """What one profile wrote and reposted, as far as the viewer may read it."""
        who, only_pinned = viewer(request), query_flag(request, "pinned")
        author = fill.by_username(username, viewer_id=who.user_id)
        page = Keyset.from_request(request, scope=f"{'pinned' if only_pinned else 'profile'}:{author.id}")
        found = selectors.pinned if only_pinned else selectors.profile_timeline
        return _entries(page, found(who.user_id, page, author_id=author.id))


class ListTimelineView(ApiView):
    @extend_schema(operation_id="list_timeline", parameters=PAGE_PARAMETERS, responses=ENTRIES)
    def get(self, request: Request, list_id: str) -> HttpResponse:
        """What those on one of the viewer's lists wrote and reposted, as far as the viewer may read it; a post at most
        once."""
        who, number = signed_in(request), path_id(list_id)
        page = Keyset.from_request(request, scope=f"list:{number}")
        found = selectors.list_timeline(who.user_id, page, list_id=number)
        if not found:
            lists.own(number, who.user_id)
        return _unhidden(page, found)


class TagTimelineView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="tag_timeline", parameters=PAGE_PARAMETERS, responses=ENTRIES)
    def get(self, request: Request, tag: str) -> HttpResponse:
        """Everybody's public posts with the tag, in any case of its letters; a tag that nobody uses has none."""
        name = tag_name(tag)
        if name is None:
            raise NotFound
        page = Keyset.from_request(request, scope=f"tag:{name}")
        return _unhidden(page, selectors.tag_timeline(viewer(request).user_id, page, tag=name))


def _entries(page: Keyset, found: Sequence[sql.Row]) -> HttpResponse:
    return list_response(page.page(found, position=rows.position), rows.entry)


def _unhidden(page: Keyset, found: Sequence[sql.Row]) -> HttpResponse:
    """Without what the viewer's filters hide, so perhaps with fewer entries than there are places on the page."""
    cut = page.page(found, position=rows.position)
    shown = [row for row in cut.rows if not rows.is_hidden(row)]
    return list_response(replace(cut, rows=shown), rows.entry)
