"""`/api/v1/notifications`."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.notifications import selectors
from posts_project.notifications.selectors import Shown
from posts_project.notifications.serializers import (
    NotificationOutput,
    PreferencesEdit,
    PreferencesOutput,
    ReadInput,
    UnreadOutput,
)
from posts_project.notifications.services import reading
from posts_project.openapi import ETAG_PARAMETERS, MATCH_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import NOTIFY
from shared.openapi import problems
from shared.pagination import Keyset, Page
from shared.problems import PreconditionFailed
from shared.views import ApiView


class NotificationsView(ApiView):
    @extend_schema(operation_id="notifications", parameters=PAGE_PARAMETERS, responses=paged(NotificationOutput))
    def get(self, request: Request) -> HttpResponse:
        """What the viewer was told, newest first, as far as it still stands and they may and want to see it.

        A page may have fewer results than there are places, where filters hide some."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"notifications:{who.user_id}")
        cut = page.page(selectors.page(who.user_id, page), position=selectors.position)
        shown = selectors.shown(cut.rows, viewer_id=who.user_id)
        return list_response(Page(rows=shown, next=cut.next, previous=cut.previous), _body)


class ReadView(ApiView):
    quotas = {"POST": [NOTIFY]}

    @extend_schema(
        operation_id="read_notifications", request=ReadInput, responses={204: None, **problems(AccountInactive)}
    )
    def post(self, request: Request) -> HttpResponse:
        """Mark one notification and all older ones as read."""
        body = ReadInput(data=request.data)
        body.is_valid(raise_exception=True)
        reading.read(profile_id=fill.acting(signed_in(request)).id, up_to=body.validated_data["up_to"])
        return HttpResponse(status=204)


class UnreadCountView(ApiView):
    @extend_schema(operation_id="unread_count", responses=UnreadOutput)
    def get(self, request: Request) -> Response:
        """How many notifications are unread; no more than a hundred are counted."""
        return Response({"count": selectors.unread_count(signed_in(request).user_id)})


class PreferencesView(ApiView):
    quotas = {"PATCH": [NOTIFY]}

    @extend_schema(operation_id="notification_preferences", parameters=ETAG_PARAMETERS, responses=PreferencesOutput)
    def get(self, request: Request) -> HttpResponse:
        """Of what the viewer is told."""
        return single_object(request, _plain(selectors.preferences(signed_in(request).user_id)))

    @extend_schema(
        operation_id="change_notification_preferences",
        parameters=MATCH_PARAMETERS,
        request=PreferencesEdit,
        responses={200: PreferencesOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request) -> HttpResponse:
        """Change what is named. What is turned off is not told from then on; what was told before stays."""
        body = PreferencesEdit(data=request.data)
        body.is_valid(raise_exception=True)
        after = reading.prefer(
            profile_id=fill.acting(signed_in(request)).id,
            changes=body.validated_data,
            precondition=lambda before: require_match(request, _plain(before)),
        )
        return single_object(request, _plain(after))


def _body(shown: Shown) -> dict[str, Any]:
    return shown.body


def _plain(preferences: dict[str, bool]) -> dict[str, Any]:
    return dict(PreferencesOutput(preferences).data)
