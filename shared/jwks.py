"""Where a verifier finds public keys: pinned ones from a file, or Auth's published set over HTTP."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.keys import InvalidKeySet, parse_key_set
from shared.remote_errors import RemoteError

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 10
RETRY_WITHOUT_KEYS_SECONDS = 1
STALE_SECONDS = 24 * 3600
# For the set with a key that is new, which comes in milliseconds; behind a publisher that hangs one thread is enough.
TURN_SECONDS = 0.05

logger = logging.getLogger(__name__)


class KeySource(Protocol):
    def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key of that id; None where there is none."""


class KeysUnavailable(Exception):
    """No keys were ever fetched, the last ones are more than a day old, or the set that may have the key asked for is
    still on its way: a token can be neither taken nor refused."""


class StaticKeys:
    """Keys that are known from the start."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    def find(self, kid: str) -> Ed25519PublicKey | None:
        return self._keys.get(kid)


class RemoteKeys:
    """A published JWK set, cached.

    It is read again when it is `refresh_seconds` old, and, for an unknown `kid`, at most once in ten seconds; by one
    thread at a time while the others go on with what is there. When the answer is missing or suspect the old set
    stays, for a day at most, so that Auth may be down or broken without a single live token being refused. Where there
    is no set to go on with, as when this service starts before Auth, the next try is a second later: until then nobody
    gets in.

    :param fetch: returns the parsed document, or raises `RemoteError`.
    """

    def __init__(
        self,
        fetch: Callable[[], Any],
        *,
        refresh_seconds: float = REFRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._refresh_seconds = refresh_seconds
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def find(self, kid: str) -> Ed25519PublicKey | None:
        """:raises KeysUnavailable: there are no keys young enough to judge by."""
        if kid not in self._keys or self._age() > self._refresh_seconds:
            self._refresh(self._patience(kid))
        if self._age() > STALE_SECONDS:
            raise KeysUnavailable
        return self._keys.get(kid)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _patience(self, kid: str) -> float:
        """Seconds to wait for another thread's fetch: none with the key in hand, any number without a key at all."""
        if kid in self._keys:
            return 0
        return TURN_SECONDS if self._keys else threading.TIMEOUT_MAX

    def _refresh(self, patience: float) -> None:
        """One fetch for all threads."""
        if not self._lock.acquire(timeout=patience):
            if patience:
                raise KeysUnavailable
            return
        try:
            if self._clock() - self._tried_at >= self._pause():
                self._tried_at = self._clock()
                self._replace()
        finally:
            self._lock.release()

    def _pause(self) -> float:
        """Seconds between two tries."""
        if self._age() > STALE_SECONDS:
            return RETRY_WITHOUT_KEYS_SECONDS
        return min(RETRY_SECONDS, self._refresh_seconds) if self._age() > self._refresh_seconds else RETRY_SECONDS

    def _replace(self) -> None:
        try:
            self._keys = parse_key_set(self._fetch())
        except (RemoteError, InvalidKeySet) as error:
            logger.warning("jwks.kept_old_set", extra={"reason": str(error)})
        else:
            self._fetched_at = self._clock()
