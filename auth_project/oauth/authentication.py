"""Who asks: a service client, by HTTP Basic or by two fields of the form (RFC 6749, section 2.3.1)."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from auth_project.oauth import clients
from auth_project.oauth.models import ServiceClient
from shared.parsing import StrictFormParser
from shared.problems import ParseProblem, Problem

CHALLENGE = 'Basic realm="oauth", charset="UTF-8"'


class InvalidClient(Problem):
    """RFC 6749, section 5.2: one answer for unknown, wrong, revoked and none."""

    status, code, title = 401, "invalid_client", "The client's credentials are not valid"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": CHALLENGE})


class ClientAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ServiceClient, None]:
        """:raises InvalidClient: nobody's credentials. :raises ParseProblem: two ways at once."""
        header = request.headers.get("Authorization")
        client_id, secret = _of_form(request) if header is None else _basic(header)
        if header is not None and "client_secret" in request.data:
            raise ParseProblem("Send the client's credentials in the header or in the body, not in both")
        client = clients.authenticated(client_id, secret)
        if client is None:
            raise InvalidClient
        return client, None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class IsServiceClient(BasePermission):
    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, ServiceClient)


class BasicScheme(OpenApiAuthenticationExtension):
    target_class = ClientAuthentication
    name = "client"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "`client_id` and `client_secret` of a service client (`manage_auth.py service_client`).",
        }


def _of_form(request: Request) -> tuple[str, str]:
    """:raises InvalidClient: there is no form."""
    if (request.content_type or "").partition(";")[0] != StrictFormParser.media_type:
        raise InvalidClient
    form: Any = request.data
    return form.get("client_id", ""), form.get("client_secret", "")


def _basic(header: str) -> tuple[str, str]:
    """Both are form-encoded before they are joined (RFC 6749, section 2.3.1).

    :raises InvalidClient: another scheme, or nothing that can be read.
    """
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidClient from error
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient
    return unquote_plus(client_id), unquote_plus(secret)
