"""`Authorization: Bearer` → `Viewer`: keys from Auth's published set, revocations from memory; no database read."""

import functools
import logging
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import DatabaseError, connection
from rest_framework.request import Request

from posts_project.revocations import keys, live
from shared.access_tokens import AccessClaims, AccessTokenVerifier
from shared.bearer import BearerAuthentication, Viewer, viewer
from shared.breaker import CircuitBreaker
from shared.jwks import KeySource, KeysUnavailable, RemoteKeys
from shared.key_files import PinnedKeys
from shared.problems import NotAuthenticated, TokenRevoked
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceAuthentication, ServiceTokenVerifier

AUDIENCE = "posts"

logger = logging.getLogger(__name__)


class ViewerAuthentication(BearerAuthentication):
    """The people's way in."""

    def verifier(self) -> AccessTokenVerifier:
        return _access_tokens()

    def check(self, claims: AccessClaims) -> None:
        revoked = live.follower.current()
        if revoked.covers(user_id=claims.user_id, session_id=claims.session_id, issued_at=claims.issued_at):
            raise TokenRevoked


class AuthServiceAuthentication(ServiceAuthentication):
    """Auth's way in, to `/internal`."""

    def verifier(self) -> ServiceTokenVerifier:
        return _service_tokens()


def signed_in(request: Request) -> Viewer:
    """:raises NotAuthenticated: there is no token."""
    who = viewer(request)
    if not who.is_authenticated:
        raise NotAuthenticated
    return who


class _Unrevoked:
    """The keys of a source but those that have leaked: as soon as Auth says so, however old the set is that is here."""

    def __init__(self, source: KeySource) -> None:
        self._source = source

    def find(self, kid: str) -> Ed25519PublicKey | None:
        return None if live.follower.current().covers_key(kid) else self._source.find(kid)


_verifier: AccessTokenVerifier | None = None


def trust(source: KeySource) -> None:
    """Judge access tokens by the keys of `source` from now on: Auth's published set unless a test brings its own."""
    global _verifier
    _verifier = AccessTokenVerifier(keys=_Unrevoked(source), issuer=settings.AUTH_ISSUER, audience=AUDIENCE)


def check_keys() -> None:
    """:raises ConfigurationError: the keys that Auth calls us with cannot be read."""
    _service_tokens()


def warm_up(*, tries: int = 30, pause: float = 2.0) -> None:
    """Follow revocations and fetch Auth's keys, so that the first request finds both, also where Auth or the database
    start a little later; what still fails after a minute is for that request to mend."""
    for _ in range(tries):
        try:
            live.follower.current()
            _published_keys().find("")
            return
        except (DatabaseError, KeysUnavailable) as error:
            logger.warning("authentication.not_warm", extra={"reason": error.__class__.__name__})
        finally:
            connection.close()
        time.sleep(pause)


def _access_tokens() -> AccessTokenVerifier:
    if _verifier is None:
        trust(_published_keys())
    assert _verifier is not None
    return _verifier


@functools.cache
def _published_keys() -> RemoteKeys:
    published = ServiceClient(base_url=settings.AUTH_BASE_URL, breaker=CircuitBreaker("auth-keys"))
    return RemoteKeys(
        lambda: keys.remembered(lambda: published.get("/.well-known/jwks.json")),
        refresh_seconds=settings.AUTH_KEYS_REFRESH_SECONDS,
    )


@functools.cache
def _service_tokens() -> ServiceTokenVerifier:
    pinned = PinnedKeys(settings.AUTH_SERVICE_JWKS_FILE, variable="AUTH_SERVICE_JWKS_FILE")
    return ServiceTokenVerifier(service="posts", peer="auth", keys=pinned)
