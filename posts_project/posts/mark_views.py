"""What readers do with a post: `PUT` and `DELETE /api/v1/posts/{id}/like` and the like, and the lists of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.conditional import single_object
from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id
from posts_project.posts import rows, selectors
from posts_project.posts.models import Kind
from posts_project.posts.serializers import PostOutput, VoteInput
from posts_project.posts.services import marks, polls
from posts_project.posts.services.marks import TooManyPins
from posts_project.posts.services.polls import AlreadyVoted, PollIsOver
from posts_project.profiles.selectors import short
from posts_project.profiles.serializers import ProfileShort
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import MARK, REPOST
from shared.bearer import viewer
from shared.openapi import problems
from shared.pagination import Keyset
from shared.problems import NotFound
from shared.views import ApiView

Decorator = Callable[[type[ApiView]], type[ApiView]]

_ANSWERS: dict[Any, Any] = {200: PostOutput, **problems(AccountInactive)}


def _named(verb: str, *, does: str, undoes: str, answers: Any = None) -> Decorator:
    """The operations of a view below, by name and meaning."""
    return extend_schema_view(
        put=extend_schema(operation_id=verb, description=does, request=None, responses=answers or _ANSWERS),
        delete=extend_schema(operation_id=f"un{verb}", description=undoes, request=None, responses=_ANSWERS),
    )


class MarkView(ApiView):
    """PUT sets the mark, DELETE takes it away; both answer with the post, and twice is as once."""

    kind: Kind
    quotas = {"PUT": [MARK], "DELETE": [MARK]}

    def put(self, request: Request, post_id: str) -> HttpResponse:
        profile, number = fill.acting(signed_in(request)), path_id(post_id)
        marks.add(post_id=number, profile=profile, kind=self.kind)
        return single_object(request, _post(number, profile.id))

    def delete(self, request: Request, post_id: str) -> HttpResponse:
        profile, number = fill.acting(signed_in(request)), path_id(post_id)
        marks.remove(post_id=number, profile=profile, kind=self.kind)
        return single_object(request, _post(number, profile.id))


@_named("like", does="Like the post.", undoes="Like it no longer.")
class LikeView(MarkView):
    kind = Kind.LIKE


@_named("repost", does="Bring the post to one's followers, as far as they may read it.", undoes="Take it back.")
class RepostView(MarkView):
    kind = Kind.REPOST
    quotas = {"PUT": [REPOST], "DELETE": [MARK]}


@_named("bookmark", does="Keep the post in one's bookmarks, which nobody else sees.", undoes="Keep it no longer.")
class BookmarkView(MarkView):
    kind = Kind.BOOKMARK


@_named(
    "pin",
    does="Pin a post of one's own, at most five.",
    undoes="Unpin it.",
    answers={**_ANSWERS, **problems(TooManyPins, AccountInactive)},
)
class PinView(MarkView):
    kind = Kind.PIN


@_named("mute_thread", does="Hear no more of the thread that the post is part of.", undoes="Hear of it again.")
class MuteThreadView(MarkView):
    kind = Kind.MUTE


class VoteView(ApiView):
    quotas = {"PUT": [MARK]}

    @extend_schema(
        operation_id="vote",
        request=VoteInput,
        responses={200: PostOutput, **problems(AccountInactive, AlreadyVoted, PollIsOver)},
    )
    def put(self, request: Request, post_id: str) -> HttpResponse:
        """Vote in the poll of a post, once for all; the same vote again changes nothing. Its author may vote, too."""
        body = VoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        profile, number = fill.acting(signed_in(request)), path_id(post_id)
        polls.vote(post_id=number, voter=profile, choices=body.validated_data["choices"])
        return single_object(request, _post(number, profile.id))


class WhoView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    kind: Kind

    def get(self, request: Request, post_id: str) -> HttpResponse:
        number = path_id(post_id)
        page = Keyset.from_request(request, scope=f"{self.kind}:{number}")
        found = selectors.who_marked(number, self.kind, page, viewer_id=viewer(request).user_id)
        if found is None:
            raise NotFound
        return list_response(page.page(found, position=rows.position), lambda row: short(*row[1:]))


def _who(name: str, does: str) -> Decorator:
    return extend_schema_view(
        get=extend_schema(
            operation_id=name, description=does, parameters=PAGE_PARAMETERS, responses=paged(ProfileShort)
        )
    )


@_who("post_likes", "Who likes the post, newest first.")
class LikesOfPostView(WhoView):
    kind = Kind.LIKE


@_who("post_reposts", "Who has reposted the post, newest first.")
class RepostsOfPostView(WhoView):
    kind = Kind.REPOST


class MarkedView(ApiView):
    kind: Kind

    def get(self, request: Request) -> HttpResponse:
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"{self.kind}:of:{who.user_id}")
        found = selectors.marked(self.kind, page, viewer_id=who.user_id)
        return list_response(page.page(found, position=rows.position), rows.post)


def _marked(name: str, does: str) -> Decorator:
    return extend_schema_view(
        get=extend_schema(operation_id=name, description=does, parameters=PAGE_PARAMETERS, responses=paged(PostOutput))
    )


@_marked("bookmarks", "The viewer's bookmarks, newest bookmark first.")
class BookmarksView(MarkedView):
    kind = Kind.BOOKMARK


@_marked("likes", "What the viewer likes, newest like first.")
class LikesView(MarkedView):
    kind = Kind.LIKE


def _post(post_id: int, viewer_id: int) -> dict[str, Any]:
    post = selectors.post(post_id, viewer_id=viewer_id)
    if post is None:
        raise NotFound
    return post
