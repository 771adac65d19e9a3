"""Access tokens (RFC 9068): made by simplejwt's class, signed by a backend of several keys and one algorithm."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, NoReturn

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken as SimpleAccessToken

from auth_project.accounts.models import User
from auth_project.signing_keys import keyring
from auth_project.signing_keys.schedule import TOKENS_LIVE_FOR
from shared.access_tokens import ALGORITHM, TYPE, AccessTokenVerifier

LIFE = TOKENS_LIVE_FOR
AUDIENCE = ["auth", "posts"]


class SigningBackend(TokenBackend):
    """Signs with the key whose turn it is.

    It does not verify: that is `verifier()`'s work, here and in Posts alike, and one way to do it is enough.
    """

    def __init__(self) -> None:
        super().__init__(algorithm=ALGORITHM, audience=AUDIENCE, issuer=settings.AUTH_ISSUER)

    def encode(self, payload: dict[str, Any]) -> str:
        return keyring.sign({**payload, "iss": self.issuer, "aud": self.audience}, typ=TYPE)

    def decode(self, token: Any, verify: bool = True) -> NoReturn:
        raise TokenBackendError("Access tokens are verified by shared.access_tokens alone")


class AccessToken(SimpleAccessToken):
    lifetime = LIFE

    @classmethod
    def issue(cls, *, user: User, session_id: str, now: datetime) -> str:
        """A signed token for that user and session, good for five minutes from `now`."""
        token = cls()
        # Its kind stands in the header as `typ`, where RFC 8725 (3.11) wants it.
        del token[api_settings.TOKEN_TYPE_CLAIM]
        token.set_iat(at_time=_birth(user, now))
        token.set_iat("nbf", at_time=now)
        token.set_exp(from_time=now)
        token["sub"], token["sid"] = str(user.pk), session_id
        token["username"], token["roles"] = user.username, user.roles
        return str(token)

    def get_token_backend(self) -> SigningBackend:
        return _backend()


def _birth(user: User, now: datetime) -> datetime:
    """`now`, or the second after the one in which the user's tokens were last revoked: `iat` is in whole seconds, and
    Posts refuses all of that second, as it cannot tell which of them came first."""
    if user.valid_after is None:
        return now
    return max(now, user.valid_after.replace(microsecond=0) + timedelta(seconds=1))


@cache
def verifier() -> AccessTokenVerifier:
    """This process's one verifier, with its memory of good tokens."""
    return AccessTokenVerifier(keys=keyring.VerifyingKeys(), issuer=settings.AUTH_ISSUER, audience="auth")


@cache
def _backend() -> SigningBackend:
    return SigningBackend()
