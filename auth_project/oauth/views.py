"""`/oauth` for services of others, and what they must know of us."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.oauth import services
from auth_project.oauth.authentication import ClientAuthentication, InvalidClient, IsServiceClient
from auth_project.oauth.serializers import DiscoveryOutput, IntrospectionOutput, TokenForm
from auth_project.tokens.views.base import OpenView
from shared.access_tokens import ALGORITHM
from shared.openapi import problems
from shared.parsing import StrictFormParser
from shared.rate_limits import Quota
from shared.views import ApiView

CLIENT_METHODS = ["client_secret_basic", "client_secret_post"]
CLAIMS = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "username", "roles"]


class ClientView(ApiView):
    """For service clients alone."""

    authentication_classes = [ClientAuthentication]
    permission_classes = [IsServiceClient]
    parser_classes = [StrictFormParser]
    answers_secrets = frozenset({"POST"})


class IntrospectView(ClientView):
    quotas = {"POST": [Quota(name="introspect", limit=6_000, window_seconds=60)]}

    @extend_schema(
        tags=["Third parties"],
        operation_id="introspect",
        request=TokenForm,
        responses={200: IntrospectionOutput, **problems(InvalidClient)},
    )
    def post(self, request: Request) -> Response:
        """What a token is worth now (RFC 7662): of an access or a refresh token whose session is alive, whose it is and
        until when; of all others `{"active": false}`."""
        given = _given(request)
        return Response(services.introspect(given["token"], now=timezone.now()))


class RevokeView(ClientView):
    quotas = {"POST": [Quota(name="revoke", limit=600, window_seconds=60)]}

    @extend_schema(
        tags=["Third parties"],
        operation_id="revoke",
        request=TokenForm,
        responses={200: None, **problems(InvalidClient)},
    )
    def post(self, request: Request) -> Response:
        """End the session that a token belongs to, in both services (RFC 7009): its other tokens end, too. 200 also
        where the token is none of ours or has ended already."""
        client: Any = request.user
        services.revoke(_given(request)["token"], client=client, now=timezone.now())
        return Response()


@method_decorator(cache_control(public=True, max_age=300), name="get")
class DiscoveryView(OpenView):
    @extend_schema(tags=["Third parties"], operation_id="discovery", responses=DiscoveryOutput)
    def get(self, request: Request) -> Response:
        """Where everything is, in the form of OpenID Connect Discovery 1.0. Tokens are given to people who sign in
        here, by no flow of OAuth: nothing is offered by which others could get some."""
        issuer = settings.AUTH_ISSUER
        return Response(
            {
                "issuer": issuer,
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "introspection_endpoint": f"{issuer}/oauth/introspect",
                "introspection_endpoint_auth_methods_supported": CLIENT_METHODS,
                "revocation_endpoint": f"{issuer}/oauth/revoke",
                "revocation_endpoint_auth_methods_supported": CLIENT_METHODS,
                "response_types_supported": [],
                "grant_types_supported": [],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "claims_supported": CLAIMS,
                "service_documentation": f"{issuer}/api/docs",
            }
        )


def _given(request: Request) -> dict[str, str]:
    given = TokenForm(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data
