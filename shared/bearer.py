"""Who is asking: `Authorization: Bearer` turned into a `Viewer`, without a database read."""

import time
from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shared.access_tokens import AccessClaims, AccessTokenVerifier
from shared.problems import TokenInvalid


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewer:
    """The person a request is made for; `user_id` 0 is nobody. `issued_at` is in Unix seconds."""

    user_id: int
    username: str = ""
    session_id: str = ""
    roles: tuple[str, ...] = ()
    issued_at: int = 0

    @property
    def is_authenticated(self) -> bool:
        return self.user_id != 0


ANONYMOUS = Viewer(user_id=0)


def anonymous() -> Viewer:
    """DRF's `UNAUTHENTICATED_USER`."""
    return ANONYMOUS


class BearerAuthentication(BaseAuthentication):
    """Takes an access token; a bad one is 401 on open calls too, never a silent fall back to anonymous.

    A service gives `verifier` and, in `check`, refuses what has been revoked since the token was signed.
    """

    def authenticate(self, request: Request) -> tuple[Viewer, AccessClaims] | None:
        token = bearer_token(request)
        if token is None:
            return None
        claims = self.verifier().verify(token, now=time.time())
        self.check(claims)
        return viewer_of(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def verifier(self) -> AccessTokenVerifier:
        raise NotImplementedError

    def check(self, claims: AccessClaims) -> None:
        """:raises TokenRevoked: the session or all of the user's tokens have been ended."""


class IsSignedIn(BasePermission):
    """Only with a valid access token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Viewer) and request.user.is_authenticated


def viewer(request: Request) -> Viewer:
    """Who is asking; `ANONYMOUS` where nobody is signed in."""
    return request.user if isinstance(request.user, Viewer) else ANONYMOUS


def viewer_of(claims: AccessClaims) -> Viewer:
    return Viewer(
        user_id=claims.user_id,
        username=claims.username,
        session_id=claims.session_id,
        roles=claims.roles,
        issued_at=claims.issued_at,
    )


def bearer_token(request: Request) -> str | None:
    """The token of the request; None where it sends no Authorization at all.

    :raises TokenInvalid: another scheme, or not exactly one token (RFC 6750, section 2.1).
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or " " in token:
        raise TokenInvalid("Send the header as: Authorization: Bearer <access token>")
    return token
