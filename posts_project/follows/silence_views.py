"""Block and mute: `PUT` and `DELETE /api/v1/profiles/{username}/block` and `…/mute`, and one's own lists of both."""

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.conditional import single_object
from posts_project.follows import selectors
from posts_project.follows.serializers import MutedProfile, MuteInput
from posts_project.follows.services import blocks, mutes
from posts_project.follows.services.blocks import CannotBlockSelf
from posts_project.follows.services.mutes import CannotMuteSelf
from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.profiles.selectors import profile
from posts_project.profiles.serializers import ProfileShort, ProfileWhole
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import RELATE
from shared.openapi import problems
from shared.pagination import Keyset
from shared.views import ApiView

# Only these find somebody across a block: one cannot end, or answer, what one cannot name.
ANYBODY = 0


class BlockView(ApiView):
    quotas = {"PUT": [RELATE], "DELETE": [RELATE]}

    @extend_schema(
        operation_id="block",
        request=None,
        responses={200: ProfileWhole, **problems(CannotBlockSelf, AccountInactive)},
    )
    def put(self, request: Request, username: str) -> HttpResponse:
        """Block: follows and requests both ways end, and each is absent for the other; twice is as once."""
        who = signed_in(request)
        other = fill.by_username(username, viewer_id=ANYBODY)
        blocks.block(profile=fill.acting(who), other=other)
        return single_object(request, profile(other.id, viewer_id=who.user_id, across_blocks=True))

    @extend_schema(operation_id="unblock", request=None, responses={200: ProfileWhole, **problems(AccountInactive)})
    def delete(self, request: Request, username: str) -> HttpResponse:
        """Take one's own block back; follows do not return, and a block of the other side stays."""
        who = signed_in(request)
        other = fill.by_username(username, viewer_id=ANYBODY)
        blocks.unblock(profile=fill.acting(who), other=other)
        return single_object(request, profile(other.id, viewer_id=who.user_id, across_blocks=True))


class MuteView(ApiView):
    quotas = {"PUT": [RELATE], "DELETE": [RELATE]}

    @extend_schema(
        operation_id="mute",
        request=MuteInput,
        responses={200: ProfileWhole, **problems(CannotMuteSelf, AccountInactive)},
    )
    def put(self, request: Request, username: str) -> HttpResponse:
        """Hear nothing of the profile in the timelines that come to one; again with another time changes the time."""
        body = MuteInput(data=request.data)
        body.is_valid(raise_exception=True)
        who, seconds = signed_in(request), body.validated_data.get("expires_in")
        other = fill.by_username(username, viewer_id=who.user_id)
        expires_at = timezone.now() + timedelta(seconds=seconds) if seconds else None
        mutes.mute(profile=fill.acting(who), other=other, expires_at=expires_at)
        return single_object(request, profile(other.id, viewer_id=who.user_id))

    @extend_schema(operation_id="unmute", request=None, responses={200: ProfileWhole, **problems(AccountInactive)})
    def delete(self, request: Request, username: str) -> HttpResponse:
        """Hear of the profile again; twice is as once."""
        who = signed_in(request)
        other = fill.by_username(username, viewer_id=who.user_id)
        mutes.unmute(profile=fill.acting(who), other=other)
        return single_object(request, profile(other.id, viewer_id=who.user_id))


class BlocksView(ApiView):
    @extend_schema(operation_id="blocks", parameters=PAGE_PARAMETERS, responses=paged(ProfileShort))
    def get(self, request: Request) -> HttpResponse:
        """Whom the viewer blocks, newest first."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"blocks:{who.user_id}")
        rows = selectors.blocked_by(who.user_id, page)
        return list_response(page.page(rows, position=selectors.position), selectors.entry)


class MutesView(ApiView):
    @extend_schema(operation_id="mutes", parameters=PAGE_PARAMETERS, responses=paged(MutedProfile))
    def get(self, request: Request) -> HttpResponse:
        """Whom the viewer mutes, newest first, and until when."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"mutes:{who.user_id}")
        rows = selectors.muted_by(who.user_id, page)
        return list_response(page.page(rows, position=selectors.position), selectors.muted_entry)
