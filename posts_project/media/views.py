"""`/api/v1/media`, and the files themselves where this service gives them out."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.media import files, selectors
from posts_project.media.models import Medium
from posts_project.media.serializers import MediaEdit, MediaInput, MediaOutput
from posts_project.media.services import uploads
from posts_project.media.services.uploads import MediaInUse
from posts_project.openapi import ETAG_PARAMETERS, MATCH_PARAMETERS
from posts_project.parameters import path_id
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import EDIT, UPLOAD, UPLOADS_OF_A_DAY
from shared.openapi import problems
from shared.problems import NotFound, PreconditionFailed
from shared.stored_files import PictureRenderer, stored_file
from shared.uploads import StrictMultiPartParser
from shared.views import ApiView
from shared.wire import JSONRenderer


class MediaView(ApiView):
    parser_classes = [StrictMultiPartParser]
    quotas = {"POST": [UPLOAD, UPLOADS_OF_A_DAY]}
    stem = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # With an Idempotency-Key the call itself is one transaction, and this must stand if it fails.
        self.stem = uploads.reserve(now=timezone.now())

    @extend_schema(
        operation_id="upload_media",
        request={"multipart/form-data": MediaInput},
        responses={201: MediaOutput, **problems(AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Upload a picture for a post. It is made anew, upright and without metadata, of the same type.

        It is made smaller where it has more than 4,096 pixels a side. A GIF keeps its size and its frames; of an
        animated WebP or PNG the first is taken. Name it in the `media_ids` of a post
        within a day: what no post, draft or scheduled post uses by then is deleted. 503 with `Retry-After` where too
        many are being read.
        """
        owner = fill.acting(signed_in(request))
        body = MediaInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        medium = uploads.keep(owner=owner, stem=self.stem, picture=values.pop("file"), **values)
        response = single_object(request, selectors.shown(medium), status=201)
        response.headers["Location"] = f"/api/v1/media/{medium.id}"
        return response


class MediumView(ApiView):
    quotas = {"PATCH": [EDIT], "DELETE": [EDIT]}

    @extend_schema(operation_id="media", parameters=ETAG_PARAMETERS, responses=MediaOutput)
    def get(self, request: Request, media_id: str) -> HttpResponse:
        """One of the viewer's own pictures; those of others are seen in their posts."""
        medium = selectors.own(path_id(media_id), signed_in(request).user_id)
        return single_object(request, selectors.shown(medium))

    @extend_schema(
        operation_id="edit_media",
        parameters=MATCH_PARAMETERS,
        request=MediaEdit,
        responses={200: MediaOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, media_id: str) -> HttpResponse:
        """Change the alt text or the focus, before it is in a post or after: readers of the post see it at once.

        That is no edit of the post: `edited_at` stays. The order of a post's pictures is changed with its `media_ids`.
        """
        body = MediaEdit(data=request.data)
        body.is_valid(raise_exception=True)
        changed = uploads.change(
            medium_id=path_id(media_id),
            owner=fill.acting(signed_in(request)),
            changes=body.validated_data,
            precondition=_unchanged(request),
        )
        return single_object(request, selectors.shown(changed))

    @extend_schema(
        operation_id="delete_media",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(MediaInUse, AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, media_id: str) -> HttpResponse:
        """Delete a picture that no post uses. One that a post uses goes with the post, or is taken out of it first."""
        uploads.delete(
            medium_id=path_id(media_id),
            owner=fill.acting(signed_in(request)),
            precondition=_unchanged(request),
            now=timezone.now(),
        )
        return HttpResponse(status=204)


class FileView(ApiView):
    """The files, for a machine without a gateway or store that gives them out; who knows the name may have it."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [PictureRenderer, JSONRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request, name: str) -> HttpResponse:
        kind = files.type_of(name)
        if kind is None:
            raise NotFound
        return stored_file(files.storage(), name, content_type=kind)


def _unchanged(request: Request) -> Callable[[Medium], None]:
    """`If-Match`, to be checked while the picture is locked."""
    return lambda locked: require_match(request, selectors.shown(locked))
