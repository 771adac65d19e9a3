"""`POST /api/v1/posts`, which publishes now or later; `/api/v1/drafts`; `/api/v1/scheduled`."""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.drafts import selectors, unpublished
from posts_project.drafts.models import Draft, ScheduledPost
from posts_project.drafts.selectors import draft_body, scheduled_body
from posts_project.drafts.serializers import (
    DraftInput,
    DraftOutput,
    PublishInput,
    ScheduledEdit,
    ScheduledPostOutput,
)
from posts_project.drafts.services import drafts, scheduled
from posts_project.drafts.services.drafts import TooManyDrafts
from posts_project.drafts.services.scheduled import TooManyScheduled
from posts_project.openapi import ETAG_PARAMETERS, MATCH_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id
from posts_project.posts import selectors as posts
from posts_project.posts import views as posts_views
from posts_project.posts.models import Post
from posts_project.posts.serializers import PostOutput
from posts_project.posts.services import publish
from posts_project.posts.services.publish import ReplyForbidden
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import DRAFT, PUBLISH
from shared.openapi import problems
from shared.pagination import Keyset
from shared.problems import NotFound, PreconditionFailed
from shared.views import ApiView


class PostsView(posts_views.PostsView):
    """`/api/v1/posts` whole: reading several is what `posts` does, publishing now or later needs both apps."""

    @extend_schema(
        operation_id="publish",
        request=PublishInput,
        responses={
            201: PostOutput,
            202: ScheduledPostOutput,
            **problems(ReplyForbidden, TooManyScheduled, AccountInactive),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Publish a post, or, with `scheduled_at`, take one that goes out then: 202, and it stands in `/scheduled`.

        Where `visibility` is not named it is `public`, `followers` on a private profile.
        """
        body = PublishInput(data=request.data)
        body.is_valid(raise_exception=True)
        author, values = fill.acting(signed_in(request)), dict(body.validated_data)
        scheduled_at = values.pop("scheduled_at", None)
        if scheduled_at is None:
            return _published(request, publish.publish(author=author, draft=publish.Draft(**values)))
        row = scheduled.schedule(
            author=author, post=unpublished.given(body), scheduled_at=scheduled_at, now=timezone.now()
        )
        response = single_object(request, scheduled_body(row), status=202)
        response.headers["Location"] = f"/api/v1/scheduled/{row.id}"
        return response


class DraftsView(ApiView):
    quotas = {"POST": [DRAFT]}

    @extend_schema(operation_id="drafts", parameters=PAGE_PARAMETERS, responses=paged(DraftOutput))
    def get(self, request: Request) -> HttpResponse:
        """One's own drafts, the last begun first."""
        author_id = signed_in(request).user_id
        page = Keyset.from_request(request, scope=f"drafts:{author_id}")
        found = page.page(selectors.drafts(page, author_id=author_id), position=lambda row: row.id)
        return list_response(found, draft_body)

    @extend_schema(
        operation_id="keep_draft",
        request=DraftInput,
        responses={201: DraftOutput, **problems(TooManyDrafts, AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep what there is of a post, perhaps nothing yet. Nobody else sees it."""
        body = DraftInput(data=request.data)
        body.is_valid(raise_exception=True)
        author = fill.acting(signed_in(request))
        draft = drafts.keep(author=author, post=unpublished.given(body), now=timezone.now())
        response = single_object(request, draft_body(draft), status=201)
        response.headers["Location"] = f"/api/v1/drafts/{draft.id}"
        return response


class DraftView(ApiView):
    quotas = {"PATCH": [DRAFT], "DELETE": [DRAFT]}

    @extend_schema(operation_id="draft", parameters=ETAG_PARAMETERS, responses=DraftOutput)
    def get(self, request: Request, draft_id: str) -> HttpResponse:
        """One of one's own drafts, with a strong `ETag`."""
        draft = selectors.draft(path_id(draft_id), author_id=signed_in(request).user_id)
        if draft is None:
            raise NotFound
        return single_object(request, draft_body(draft))

    @extend_schema(
        operation_id="change_draft",
        parameters=MATCH_PARAMETERS,
        request=DraftInput,
        responses={200: DraftOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, draft_id: str) -> HttpResponse:
        """Change what is named; null takes it away, all else stays as it is."""
        body = DraftInput(data=request.data)
        body.is_valid(raise_exception=True)
        draft = drafts.change(
            draft_id=path_id(draft_id),
            author=fill.acting(signed_in(request)),
            changes=unpublished.given(body),
            now=timezone.now(),
            precondition=_unchanged_draft(request),
        )
        return single_object(request, draft_body(draft))

    @extend_schema(
        operation_id="delete_draft",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, draft_id: str) -> HttpResponse:
        """Throw a draft away."""
        author = fill.acting(signed_in(request))
        drafts.delete(draft_id=path_id(draft_id), author=author, precondition=_unchanged_draft(request))
        return HttpResponse(status=204)


class PublishDraftView(ApiView):
    quotas = {"POST": [PUBLISH]}

    @extend_schema(
        operation_id="publish_draft",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={201: PostOutput, **problems(ReplyForbidden, AccountInactive, PreconditionFailed)},
    )
    def post(self, request: Request, draft_id: str) -> HttpResponse:
        """Make a draft a post; the draft is gone then. 400 tells all that it lacks."""
        author = fill.acting(signed_in(request))
        post = drafts.publish(draft_id=path_id(draft_id), author=author, precondition=_unchanged_draft(request))
        return _published(request, post)


class ScheduledPostsView(ApiView):
    @extend_schema(operation_id="scheduled_posts", parameters=PAGE_PARAMETERS, responses=paged(ScheduledPostOutput))
    def get(self, request: Request) -> HttpResponse:
        """One's own posts that are to go out, and those that could not; the last made first."""
        author_id = signed_in(request).user_id
        page = Keyset.from_request(request, scope=f"scheduled:{author_id}")
        found = page.page(selectors.scheduled_posts(page, author_id=author_id), position=lambda row: row.id)
        return list_response(found, scheduled_body)


class ScheduledPostView(ApiView):
    quotas = {"PATCH": [DRAFT], "DELETE": [DRAFT]}

    @extend_schema(operation_id="scheduled_post", parameters=ETAG_PARAMETERS, responses=ScheduledPostOutput)
    def get(self, request: Request, scheduled_id: str) -> HttpResponse:
        """One of one's own posts that are to go out, with a strong `ETag`; 404 once it is out."""
        row = selectors.scheduled_post(path_id(scheduled_id), author_id=signed_in(request).user_id)
        if row is None:
            raise NotFound
        return single_object(request, scheduled_body(row))

    @extend_schema(
        operation_id="change_scheduled_post",
        parameters=MATCH_PARAMETERS,
        request=ScheduledEdit,
        responses={200: ScheduledPostOutput, **problems(ReplyForbidden, AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, scheduled_id: str) -> HttpResponse:
        """Move it, or change what is named of the post. One that could not go out needs a new `scheduled_at`."""
        body = ScheduledEdit(data=request.data)
        body.is_valid(raise_exception=True)
        row = scheduled.change(
            scheduled_id=path_id(scheduled_id),
            author=fill.acting(signed_in(request)),
            changes=unpublished.given(body),
            scheduled_at=body.validated_data.get("scheduled_at"),
            now=timezone.now(),
            precondition=_unchanged_schedule(request),
        )
        return single_object(request, scheduled_body(row))

    @extend_schema(
        operation_id="cancel_scheduled_post",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, scheduled_id: str) -> HttpResponse:
        """Call it off."""
        author = fill.acting(signed_in(request))
        scheduled.cancel(scheduled_id=path_id(scheduled_id), author=author, precondition=_unchanged_schedule(request))
        return HttpResponse(status=204)


def _published(request: Request, post: Post) -> HttpResponse:
    body = posts.post(post.id, viewer_id=post.author_id)
    if body is None:
        raise NotFound
    response = single_object(request, body, status=201)
    response.headers["Location"] = f"/api/v1/posts/{post.id}"
    return response


def _unchanged_draft(request: Request) -> Callable[[Draft], None]:
    """`If-Match`, to be checked while the draft is locked."""
    return lambda draft: require_match(request, draft_body(draft))


def _unchanged_schedule(request: Request) -> Callable[[ScheduledPost], None]:
    return lambda row: require_match(request, scheduled_body(row))
