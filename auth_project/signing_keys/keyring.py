"""The signing keys as this process knows them: read from the database about once a second, kept while that is away."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils import timezone

from auth_project.signing_keys import schedule, selectors
from auth_project.signing_keys.models import SigningKey
from auth_project.signing_keys.sealing import unseal
from shared.access_tokens import ALGORITHM
from shared.keys import public_jwk_of, public_key_of
from shared.problems import ServiceUnavailable
from shared.refreshed import Refreshed

REFRESH_SECONDS = 1.0
# While keys are being replaced in an emergency nothing is signed for this long, so that all processes know the new one.
PAUSE_SECONDS = 3


class NoSigningKey(ServiceUnavailable):
    """None signs at this moment."""

    def __init__(self) -> None:
        super().__init__("Nothing can be signed right now", retry_after=PAUSE_SECONDS)


class Keyring:
    """Some signing keys, in the order of their numbers. Nothing of a private one is ever in its `repr`."""

    def __init__(self, keys: list[SigningKey], *, now: datetime) -> None:
        """:raises ConfigurationError: one that signs, or will, cannot be opened."""
        self._keys = schedule.live(keys, now=now)
        self._public = {key.kid: public_key_of(key.x) for key in self._keys}
        needed = [schedule.signing(self._keys, now=now), schedule.upcoming(self._keys, now=now)]
        self._private = {key.kid: unseal(key) for key in needed if key is not None}

    def signer(self, *, now: datetime) -> tuple[str, Ed25519PrivateKey]:
        """The `kid` and the key that sign at `now`. :raises NoSigningKey: none does."""
        key = schedule.signing(self._keys, now=now)
        if key is None:
            raise NoSigningKey
        return key.kid, self._private[key.kid]

    def find(self, kid: str, *, now: datetime) -> Ed25519PublicKey | None:
        """The key of that id, if it is one that tokens may be signed with at `now`."""
        is_live = any(key.kid == kid for key in schedule.live(self._keys, now=now))
        return self._public[kid] if is_live else None

    def published(self, *, now: datetime) -> dict[str, Any]:
        """The JWK set, the newest key first."""
        return {"keys": [public_jwk_of(key.x) for key in reversed(schedule.live(self._keys, now=now))]}

    def is_ready(self, *, now: datetime) -> bool:
        """Whether a key signs, or will in a moment."""
        return bool(schedule.signing(self._keys, now=now) or schedule.upcoming(self._keys, now=now))


class VerifyingKeys:
    """Our own keys as a `shared.jwks.KeySource`."""

    def find(self, kid: str) -> Ed25519PublicKey | None:
        return current().find(kid, now=timezone.now())


def current() -> Keyring:
    return refreshed().current()


def sign(claims: dict[str, Any], *, typ: str) -> str:
    """A compact JWS of that type, by the key that signs at this moment. :raises NoSigningKey: none does."""
    kid, key = current().signer(now=datetime.now(UTC))
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid, "typ": typ})


@cache
def refreshed() -> Refreshed[Keyring]:
    """This process's one ring. Without the database it is good for as long as others may rely on an old set."""
    return Refreshed(
        _load, name="signing keys", seconds=REFRESH_SECONDS, stale_seconds=schedule.lead().total_seconds() / 3
    )


def _load() -> Keyring:
    return Keyring(selectors.recent(), now=timezone.now())
