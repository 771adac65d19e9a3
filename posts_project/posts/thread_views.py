"""What surrounds a post: `GET /api/v1/posts/{id}/thread`, `…/replies`, `…/quotes`, `…/history`."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project import sql
from posts_project.conditional import single_object
from posts_project.openapi import ETAG_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id
from posts_project.posts import rows, selectors, threads
from posts_project.posts.serializers import PostOutput, ThreadOutput, VersionOutput
from shared.bearer import viewer
from shared.pagination import Keyset
from shared.problems import NotFound
from shared.views import ApiView


class ThreadView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="thread", parameters=ETAG_PARAMETERS, responses=ThreadOutput)
    def get(self, request: Request, post_id: str) -> HttpResponse:
        """What the post answers, and what answers it."""
        found = threads.thread(path_id(post_id), viewer_id=viewer(request).user_id)
        if found is None:
            raise NotFound
        return single_object(request, {"ancestors": found.ancestors, "descendants": found.descendants})


class RepliesView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="replies", parameters=PAGE_PARAMETERS, responses=paged(PostOutput))
    def get(self, request: Request, post_id: str) -> HttpResponse:
        """Direct replies, newest first."""
        number = path_id(post_id)
        page = Keyset.from_request(request, scope=f"replies:{number}")
        return _posts(page, threads.replies(number, page, viewer_id=viewer(request).user_id))


class QuotesView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="quotes", parameters=PAGE_PARAMETERS, responses=paged(PostOutput))
    def get(self, request: Request, post_id: str) -> HttpResponse:
        """Posts that quote this one, newest first."""
        number = path_id(post_id)
        page = Keyset.from_request(request, scope=f"quotes:{number}")
        return _posts(page, threads.quotes(number, page, viewer_id=viewer(request).user_id))


class HistoryView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="history", parameters=PAGE_PARAMETERS, responses=paged(VersionOutput))
    def get(self, request: Request, post_id: str) -> HttpResponse:
        """What the post says and said before, newest first."""
        number, who = path_id(post_id), viewer(request).user_id
        page = Keyset.from_request(request, scope=f"history:{number}")
        if not selectors.may_read(number, viewer_id=who):
            raise NotFound

        def version(row: Any) -> dict[str, Any]:
            return threads.version(row, post_id=number)

        return list_response(page.page(threads.history(number, page, viewer_id=who), position=rows.position), version)


def _posts(page: Keyset, found: Sequence[sql.Row] | None) -> HttpResponse:
    if found is None:
        raise NotFound
    return list_response(page.page(found, position=rows.position), rows.post)
