"""`/api/v1/posts`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.openapi import ETAG_PARAMETERS, IDS, MATCH_PARAMETERS
from posts_project.parameters import path_id, query_ids
from posts_project.posts import selectors
from posts_project.posts.serializers import PostEdit, PostOutput, PostResults
from posts_project.posts.services import edit
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import EDIT, PUBLISH
from shared.bearer import viewer
from shared.openapi import problems
from shared.problems import NotFound, PreconditionFailed
from shared.views import ApiView


class PostsView(ApiView):
    """Reading several; `drafts`, which also knows how to publish later, adds publishing."""

    permission_classes = [IsAuthenticatedOrReadOnly]
    quotas = {"POST": [PUBLISH]}

    @extend_schema(operation_id="posts", parameters=[IDS], responses=PostResults)
    def get(self, request: Request) -> Response:
        """Several posts at once, in the order asked for; those that the viewer may not see are left out."""
        results = selectors.posts(query_ids(request), viewer_id=viewer(request).user_id)
        return Response({"results": results, "next": None, "previous": None})


class PostView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    quotas = {"PATCH": [EDIT], "DELETE": [EDIT]}

    @extend_schema(operation_id="post", parameters=ETAG_PARAMETERS, responses=PostOutput)
    def get(self, request: Request, post_id: str) -> HttpResponse:
        """One post, with a strong `ETag`."""
        return single_object(request, _post(path_id(post_id), viewer(request).user_id))

    @extend_schema(
        operation_id="edit_post",
        parameters=MATCH_PARAMETERS,
        request=PostEdit,
        responses={200: PostOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, post_id: str) -> HttpResponse:
        """Change what is named; all else stays as it is."""
        body = PostEdit(data=request.data)
        body.is_valid(raise_exception=True)
        author, number = fill.acting(signed_in(request)), path_id(post_id)
        edit.edit(
            post_id=number,
            author=author,
            changes=body.validated_data,
            now=timezone.now(),
            precondition=_unchanged(request, number, author.id),
        )
        return single_object(request, _post(number, author.id))

    @extend_schema(
        operation_id="delete_post",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, post_id: str) -> HttpResponse:
        """Delete a post; replies to it stay."""
        author, number = fill.acting(signed_in(request)), path_id(post_id)
        edit.delete(post_id=number, author=author, precondition=_unchanged(request, number, author.id))
        return HttpResponse(status=204)


def _post(post_id: int, viewer_id: int) -> dict[str, Any]:
    post = selectors.post(post_id, viewer_id=viewer_id)
    if post is None:
        raise NotFound
    return post


def _unchanged(request: Request, post_id: int, viewer_id: int) -> Callable[[], None]:
    """`If-Match`, to be checked while the post is locked."""

    def check() -> None:
        if "If-Match" in request.headers:
            require_match(request, _post(post_id, viewer_id))

    return check
