"""`POST /internal/v1/exports`: what is kept of somebody, for Auth, which makes their archive."""

from base64 import b64encode

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import AuthServiceAuthentication
from posts_project.worker import exports
from posts_project.worker.serializers import ExportInput, ExportOutput, PictureInput, PictureOutput
from shared.service_tokens import IsPeerService
from shared.views import ApiView


class InternalView(ApiView):
    """For Auth alone."""

    authentication_classes = [AuthServiceAuthentication]
    permission_classes = [IsPeerService]
    throttle_classes: list[type] = []


class ExportsView(InternalView):
    @extend_schema(request=ExportInput, responses=ExportOutput, exclude=True)
    def post(self, request: Request) -> Response:
        """One page; `next` leads to the one after it."""
        asked = ExportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        page = exports.page(**asked.validated_data)
        return Response({"files": page.files, "pictures": page.pictures, "next": page.next})


class ExportedPictureView(InternalView):
    @extend_schema(request=PictureInput, responses=PictureOutput, exclude=True)
    def post(self, request: Request) -> Response:
        """A piece of a picture's file; `next` is the offset of the one after it."""
        asked = PictureInput(data=request.data)
        asked.is_valid(raise_exception=True)
        piece = exports.piece(**asked.validated_data)
        return Response({"content": b64encode(piece.content).decode(), "next": piece.next})
