"""How one service knows the other: a token of at most a minute, signed for one call with the caller's own key.

The token is bound to method, path and body (`htm`, `htu`, `bsh`), so that one picked up on the way opens nothing else.
Each side pins the other's public keys in its configuration; neither can sign for the other.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shared.access_tokens import ALGORITHM, LEEWAY_SECONDS, MAX_TOKEN_CHARACTERS
from shared.bearer import bearer_token
from shared.jwks import KeySource
from shared.keys import public_jwk
from shared.problems import TokenInvalid

TYPE = "svc+jwt"
LIFE_SECONDS = 60

_REQUIRED_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti", "htm", "htu", "bsh"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The calling service, as `request.user` of internal views."""

    name: str

    @property
    def is_authenticated(self) -> bool:
        return True


class ServiceSigner:
    """Signs the calls of `service` to `audience`, both `auth` or `posts`, with what `key` gives at that moment."""

    def __init__(self, *, service: str, audience: str, key: Callable[[], Ed25519PrivateKey]) -> None:
        self._service = service
        self._audience = audience
        self._key = key

    def sign(self, *, method: str, path: str, body: bytes) -> str:
        """A token for this one call; `path` without query."""
        now = int(time.time())
        claims = {
            "iss": self._service,
            "sub": self._service,
            "aud": self._audience,
            "iat": now,
            "exp": now + LIFE_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": path,
            "bsh": body_hash(body),
        }
        key = self._key()
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": public_jwk(key)["kid"], "typ": TYPE})


class ServiceTokenVerifier:
    """Checks what `peer` signed for `service`."""

    def __init__(self, *, service: str, peer: str, keys: KeySource) -> None:
        self._service = service
        self._peer = peer
        self._keys = keys

    def verify(self, token: str, *, method: str, path: str, body: bytes) -> Service:
        """:raises TokenInvalid: for whatever reason; a caller that is ours never needs to know which."""
        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=[ALGORITHM],
                audience=self._service,
                issuer=self._peer,
                leeway=LEEWAY_SECONDS,
                options={"require": _REQUIRED_CLAIMS, "strict_aud": True},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
            raise TokenInvalid from error
        if not self._bound(claims, method, path, body) or claims["exp"] - claims["iat"] > LIFE_SECONDS:
            raise TokenInvalid
        return Service(name=self._peer)

    def _key(self, token: str) -> Any:
        header = jwt.get_unverified_header(token) if len(token) <= MAX_TOKEN_CHARACTERS else {}
        kid = header.get("kid")
        if set(header) != {"alg", "kid", "typ"} or header["typ"] != TYPE or not isinstance(kid, str):
            raise TokenInvalid
        key = self._keys.find(kid)
        if key is None:
            raise TokenInvalid
        return key

    def _bound(self, claims: dict[str, Any], method: str, path: str, body: bytes) -> bool:
        expected = (self._peer, method, path, body_hash(body))
        return all(
            isinstance(claims[name], str) and hmac.compare_digest(claims[name].encode(), value.encode())
            for name, value in zip(("sub", "htm", "htu", "bsh"), expected, strict=True)
        )


class ServiceAuthentication(BaseAuthentication):
    """For internal views: only the other service, by its token. A service gives `verifier`."""

    def authenticate(self, request: Request) -> tuple[Service, None] | None:
        token = bearer_token(request)
        if token is None:
            return None
        plain = request._request
        return self.verifier().verify(token, method=plain.method or "", path=plain.path, body=plain.body), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def verifier(self) -> ServiceTokenVerifier:
        raise NotImplementedError


class IsPeerService(BasePermission):
    """Only the other service."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Service)


def body_hash(body: bytes) -> str:
    """Base64url of the SHA-256 of `body`, unpadded; also of an empty one."""
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
