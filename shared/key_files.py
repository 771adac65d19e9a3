"""Keys in files that may change under a running process: each is looked at again every two seconds.

One that is gone or makes no sense is refused where there is nothing to go on with; later the last good content stays.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.env import ConfigurationError
from shared.keys import load_key_set, load_private_key
from shared.refreshed import Refreshed

LOOK_EVERY_SECONDS = 2.0

T = TypeVar("T")


class OwnKey:
    """The private key in the file that a variable names.

    :raises ConfigurationError: at once, where there is none.
    """

    def __init__(self, path: Path, *, variable: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = _watched(path, load_private_key, variable, clock)
        self._file.current()

    def __call__(self) -> Ed25519PrivateKey:
        return self._file.current()


class PinnedKeys:
    """A `shared.jwks.KeySource`: the public keys in the file that a variable names. Raises as `OwnKey` does."""

    def __init__(self, path: Path, *, variable: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = _watched(path, load_key_set, variable, clock)
        self._file.current()

    def find(self, kid: str) -> Ed25519PublicKey | None:
        return self._file.current().get(kid)


def _watched(path: Path, read: Callable[[Path], T], variable: str, clock: Callable[[], float]) -> Refreshed[T]:
    seen: tuple[tuple[int, ...], T] | None = None

    def load() -> T:
        nonlocal seen
        try:
            identity = _identity(path)
            if seen is None or seen[0] != identity:
                seen = identity, read(path)
        except OSError as error:
            raise ConfigurationError(f"{variable}: {path} cannot be read ({error.strerror})") from error
        except ConfigurationError as error:
            raise ConfigurationError(f"{variable}: {error}") from error
        return seen[1]

    return Refreshed(load, name=variable, seconds=LOOK_EVERY_SECONDS, clock=clock)


def _identity(path: Path) -> tuple[int, ...]:
    """What differs once a file was written or replaced."""
    status = os.stat(path)
    return status.st_ino, status.st_mtime_ns, status.st_size
