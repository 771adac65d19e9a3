"""Where one is signed in, and an end to that."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.models import User
from auth_project.tokens import selectors, services
from auth_project.tokens.models import Session
from auth_project.tokens.serializers import SessionOutput, SessionsOutput
from shared.bearer import IsSignedIn, viewer
from shared.openapi import PAGE_PARAMETERS
from shared.pagination import Keyset
from shared.views import ApiView


class SessionsView(ApiView):
    permission_classes = [IsSignedIn]

    @extend_schema(
        tags=["Sessions"], operation_id="list_sessions", parameters=PAGE_PARAMETERS, responses=SessionsOutput
    )
    def get(self, request: Request) -> Response:
        """Where one is signed in, the latest sign-in first."""
        page = Keyset.from_request(request, scope=f"sessions:{viewer(request).user_id}")
        user = User.objects.get(pk=viewer(request).user_id)
        # At most fifty, so they are read at once and paged here.
        rows = sorted(selectors.live_sessions(user, now=timezone.now()), key=_position, reverse=True)
        return page.respond(_cut(rows, page), position=_position, render=lambda rows: _rendered(rows, request))

    @extend_schema(tags=["Sessions"], operation_id="end_other_sessions", responses={204: None})
    def delete(self, request: Request) -> Response:
        """End all sessions but this one."""
        services.end_others(
            user_id=viewer(request).user_id,
            keep=viewer(request).session_id,
            reason=Session.EndReason.BY_USER,
            now=timezone.now(),
        )
        return Response(status=204)


class SessionView(ApiView):
    permission_classes = [IsSignedIn]
    ends_sessions = frozenset({"DELETE"})

    @extend_schema(tags=["Sessions"], operation_id="end_session", responses={204: None})
    def delete(self, request: Request, session_id: str) -> Response:
        """End one of one's sessions."""
        user = User.objects.get(pk=viewer(request).user_id)
        services.end_own_session(user=user, session_id=session_id, now=timezone.now())
        return Response(status=204)


def _position(session: Session) -> int:
    """The millisecond it began in, and sixteen bits of its id for those that began together."""
    milliseconds = int(session.created_at.timestamp() * 1_000)
    return milliseconds << 16 | int.from_bytes(session.pk.encode()[:2], "big")


def _cut(rows: list[Session], page: Keyset) -> list[Session]:
    if page.after is not None:
        return [row for row in reversed(rows) if _position(row) > page.after][: page.fetch]
    return [row for row in rows if page.before is None or _position(row) < page.before][: page.fetch]


def _rendered(rows: list[Session], request: Request) -> Any:
    for row in rows:
        row.current = row.pk == viewer(request).session_id  # type: ignore[attr-defined]
    return SessionOutput(rows, many=True).data
