"""What Posts asks when it cannot be sure to have heard everything: everybody, one user's events, what was revoked."""

import re
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.serializers import EventsOutput, KnownUsersOutput, UserEventsOutput
from auth_project.accounts.services import erasure
from auth_project.accounts.views.internal import InternalView, known
from auth_project.events import outbox
from shared.delivery import SENT_AT_ONCE
from shared.fields import parse_id
from shared.problems import FieldError, NotFound, ValidationProblem
from shared.snowflakes import MAX_ID

# Of the longest users there may be these are half of what the other side takes in one answer.
USERS_A_PAGE = 200

AFTER = OpenApiParameter("after", str, required=True, description="The last one of the page before; 0 at first.")


class EverybodyView(InternalView):
    @extend_schema(operation_id="internal_list_users", parameters=[AFTER], responses=KnownUsersOutput)
    def get(self, request: Request) -> Response:
        """Up to 200 users in the order of their ids; fewer than that are the last."""
        return known(selectors.everybody_after(_after(request.query_params), limit=USERS_A_PAGE))


class UserEventsView(InternalView):
    @extend_schema(operation_id="internal_list_events_of_user", parameters=[AFTER], responses=UserEventsOutput)
    def get(self, request: Request, user_id: str) -> Response:
        """Up to 200 events of a user beyond a sequence, in their order, and the sequence of the last there is.

        Those that nobody keeps any more are left out; that somebody was erased is told for ever.
        """
        number, after = parse_id(user_id), _after(request.query_params)
        if number is None:
            raise NotFound
        events, known = outbox.events_of(number, after=after, limit=SENT_AT_ONCE), selectors.by_id(number)
        if known is None and not events and (erased := erasure.told_again(number, after=after)):
            events = [erased]
        last = max(known.version if known else 0, events[-1].sequence if events else 0)
        return Response({"events": [event.to_json() for event in events], "sequence": last})


class RevocationsView(InternalView):
    @extend_schema(operation_id="internal_list_revocations", parameters=[AFTER], responses=EventsOutput)
    def get(self, request: Request) -> Response:
        """Up to 200 revocations of the last quarter of an hour, in the order of their ids: no token lives longer."""
        events = outbox.revocations(after=_after(request.query_params), now=timezone.now(), limit=SENT_AT_ONCE)
        return Response({"events": [event.to_json() for event in events]})


def _after(query: Any) -> int:
    text = query.get("after", "")
    if sorted(query) != ["after"] or not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > MAX_ID:
        raise ValidationProblem(FieldError(field="after", code="invalid", detail="Give a number, and nothing else."))
    return int(text)
