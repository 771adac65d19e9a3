"""Taking one's data along."""

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.models import Export
from auth_project.accounts.serializers import ExportOutput
from auth_project.accounts.services import exports
from auth_project.audit.events import Event
from auth_project.audit.trail import note
from shared.bearer import IsSignedIn, viewer
from shared.fields import parse_id
from shared.problems import NotFound
from shared.rate_limits import Quota
from shared.views import ApiView
from shared.wire import JSONRenderer

RETRY_AFTER_SECONDS = "1"


class ArchiveRenderer(JSONRenderer):
    """For those who accept archives alone; what is no archive is JSON all the same."""

    media_type = "application/zip"


class ExportsView(ApiView):
    permission_classes = [IsSignedIn]
    quotas = {"POST": [Quota(name="export", limit=5, window_seconds=24 * 3_600, per="user")]}

    @extend_schema(
        tags=["Users"],
        operation_id="export_me",
        request=None,
        responses={202: ExportOutput},
        parameters=[OpenApiParameter("Location", str, "header", response=[202], description="Where it will be.")],
    )
    def post(self, request: Request) -> Response:
        """Ask for an archive of all one's data. It is made in the background; its owner is told by mail."""
        export = exports.request(user_id=viewer(request).user_id, now=timezone.now())
        return Response(_shown(export), status=202, headers={"Location": f"/api/v1/users/me/export/{export.pk}"})


class ExportView(ApiView):
    permission_classes = [IsSignedIn]
    renderer_classes = [JSONRenderer, ArchiveRenderer]

    @extend_schema(
        tags=["Users"],
        operation_id="get_export",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, (202, "application/json"): ExportOutput},
        parameters=[OpenApiParameter("Retry-After", str, "header", response=[202], description="Seconds to wait.")],
    )
    def get(self, request: Request, export_id: str) -> HttpResponseBase:
        """The archive, for a day; 202 until it is made."""
        export = selectors.export_of(viewer(request).user_id, parse_id(export_id) or 0, now=timezone.now())
        if export is None:
            raise NotFound
        if not export.is_ready:
            headers = {"Retry-After": RETRY_AFTER_SECONDS}
            return Response(_shown(export), status=202, headers=headers, content_type=JSONRenderer.media_type)
        note(Event.EXPORT_DOWNLOADED, user_id=viewer(request).user_id)
        return FileResponse(
            default_storage.open(export.file),
            as_attachment=True,
            filename=f"export-{export.pk}.zip",
            content_type=ArchiveRenderer.media_type,
        )


def _shown(export: Export) -> dict[str, object]:
    status = "ready" if export.is_ready else "pending"
    shown: dict[str, object] = ExportOutput(
        {"id": export.pk, "status": status, "requested_at": export.requested_at, "expires_at": export.expires_at}
    ).data
    return shown
