"""What became of an erasure, for whoever was told its id: they have no account any more to ask with."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts import selectors
from auth_project.accounts.serializers import ErasureOutput
from shared.openapi import problems
from shared.problems import NotFound
from shared.rate_limits import Quota
from shared.views import ApiView


class ErasureView(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    quotas = {"GET": [Quota(name="erasure", limit=120, window_seconds=60)]}

    @extend_schema(tags=["Users"], operation_id="get_erasure", responses={200: ErasureOutput, **problems(NotFound)})
    def get(self, request: Request, erasure_id: str) -> Response:
        """Whether an erasure is done in both services, and the receipt of it.

        The receipt is a JWS of type `erasure-receipt+jwt`, signed by a key of `/.well-known/jwks.json`. It names
        nobody: `subject_hash` is a keyed hash.
        """
        erasure = selectors.erasure_by(erasure_id)
        if erasure is None:
            raise NotFound
        shown = {
            "erasure_id": erasure.public_id,
            "status": "pending" if erasure.completed_at is None else "completed",
            "requested_at": erasure.requested_at,
            "completed_at": erasure.completed_at,
            "receipt": erasure.receipt,
        }
        return Response(ErasureOutput(shown).data)
