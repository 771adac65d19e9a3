"""`POST /internal/v1/exports`: what is kept of somebody, for Auth, which makes their archive."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import AuthServiceAuthentication
from posts_project.worker import exports
from posts_project.worker.serializers import ExportInput, ExportOutput
from shared.service_tokens import IsPeerService
from shared.views import ApiView


class ExportsView(ApiView):
    authentication_classes = [AuthServiceAuthentication]
    permission_classes = [IsPeerService]
    throttle_classes: list[type] = []

    @extend_schema(request=ExportInput, responses=ExportOutput, exclude=True)
    def post(self, request: Request) -> Response:
        """One page; `next` leads to the one after it."""
        asked = ExportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        page = exports.page(**asked.validated_data)
        return Response({"files": page.files, "next": page.next})
