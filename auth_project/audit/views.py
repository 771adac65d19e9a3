"""What happened to one's own account."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.audit import selectors
from auth_project.audit.events import Event
from auth_project.audit.serializers import AuditEntryOutput, AuditPageOutput
from shared.bearer import IsSignedIn, viewer
from shared.openapi import PAGE_PARAMETERS
from shared.pagination import Keyset
from shared.problems import FieldError, ValidationProblem
from shared.views import ApiView


class AuditView(ApiView):
    permission_classes = [IsSignedIn]

    @extend_schema(
        tags=["Audit"],
        operation_id="list_audit",
        parameters=[
            OpenApiParameter("type", str, enum=Event.values, description="Only what is of that type."),
            *PAGE_PARAMETERS,
        ],
        responses=AuditPageOutput,
    )
    def get(self, request: Request) -> Response:
        """What happened to one's account, newest first: sign-ins, refused ones too, changes of what one signs in with,
        what staff did. Where staff or a service did it, from where they did is not told."""
        event, user_id = _type(request), viewer(request).user_id
        page = Keyset.from_request(request, scope=f"audit:{user_id}:{event}")
        rows = selectors.page_of_user(user_id, event, before=page.before, after=page.after, limit=page.fetch)
        return page.respond(rows, position=lambda entry: entry.pk, render=_rendered)


def _type(request: Request) -> str:
    """:raises ValidationProblem: there is no such type."""
    wanted = request.query_params.get("type")
    if wanted is not None and wanted not in Event.values:
        detail = "Must be one of the types that entries have."
        raise ValidationProblem(FieldError(field="type", code="invalid_choice", detail=detail))
    return wanted or ""


def _rendered(rows: list[Any]) -> Any:
    return AuditEntryOutput([selectors.shown_to_owner(row) for row in rows], many=True).data
