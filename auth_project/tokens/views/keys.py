"""The keys that access tokens are verified with, for everybody."""

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.signing_keys import keyring
from auth_project.signing_keys.schedule import max_age
from auth_project.tokens.views.base import OpenView


@method_decorator([cache_control(public=True, max_age=max_age()), conditional_page], name="get")
class JWKSView(OpenView):
    @extend_schema(tags=["Keys"], operation_id="jwks", responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """The public keys that access tokens are verified with (RFC 7517). A key is here for three times as long as
        this may be kept before anything is signed with it. With `If-None-Match`: 304 where nothing has changed."""
        return Response(keyring.current().published(now=timezone.now()))
