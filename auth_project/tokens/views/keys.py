"""The keys that access tokens are verified with, for everybody."""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.tokens import keys
from auth_project.tokens.views.base import OpenView


@method_decorator(cache_control(public=True, max_age=300), name="get")
class JWKSView(OpenView):
    @extend_schema(tags=["Keys"], operation_id="jwks", responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """The public keys that access tokens are verified with (RFC 7517)."""
        return Response(keys.published())
