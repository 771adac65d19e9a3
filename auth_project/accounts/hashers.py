"""Argon2id with OWASP's figures, and a cap on how many hashes run at once.

A hash takes 20 ms of a core and 19 MiB. Without the cap a storm of logins would take every core from everybody else's
reads; the cap stands in the hasher itself, so that no way to check a password goes around it. Those who wait for their
turn hold a thread each, and so must be fewer than there are. Hashes run in threads of their own, to which the system
prefers all others: reads, MongoDB, and what else a login has to do.

The others only check what was imported, with the figures that `foreign_hashes` lets in; nobody's password is hashed
with them anew.
"""

import os
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import bcrypt
from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
)

from shared.problems import ServiceUnavailable

Hashed = TypeVar("Hashed")

# As many as may wait have had their turn by then even where others keep the cores busy; the patience of a person ends.
WAIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 2

# Of Linux's 19, at which a thread gets next to nothing beside others.
NICENESS = 10


def _step_back() -> None:
    """Linux has a priority for every thread, and none may raise its own again: so these do nothing but hash. Where that
    is not allowed nobody is kept from signing in."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_threads = ThreadPoolExecutor(settings.HASHES_AT_ONCE, thread_name_prefix="hash", initializer=_step_back)
_slots = threading.BoundedSemaphore(settings.HASHES_AT_ONCE)
_places = threading.BoundedSemaphore(settings.HASHES_WAITING)


class Argon2idHasher(Argon2PasswordHasher):
    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _in_turn(super().encode, password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        return _in_turn(super().verify, password, encoded)

    def hash_of_nobody(self) -> str:
        """A well-formed hash that no password has, with today's parameters: checking it takes as long as a real one."""
        salt, digest = (b64encode(bytes(size)).decode().rstrip("=") for size in (22, 32))
        figures = f"m={self.memory_cost},t={self.time_cost},p={self.parallelism}"
        return f"{self.algorithm}$argon2id$v=19${figures}${salt}${digest}"


class _ByTurns:
    """All of these verify by encoding, so that is where a turn is taken."""

    def encode(self, *args: Any, **kwargs: Any) -> Any:
        return _in_turn(super().encode, *args, **kwargs)  # type: ignore[misc]


class ImportedPBKDF2Hasher(_ByTurns, PBKDF2PasswordHasher):
    pass


class ImportedScryptHasher(_ByTurns, ScryptPasswordHasher):
    # OpenSSL's own limit of 32 MiB would make an error of what `foreign_hashes` lets in.
    maxmem = 160 * 1024 * 1024


class ImportedBCryptSHA256Hasher(_ByTurns, BCryptSHA256PasswordHasher):
    pass


class ImportedBCryptHasher(BCryptPasswordHasher):
    """Plain bcrypt never saw more than 72 bytes; the library refuses longer passwords instead of cutting them."""

    MOST_BYTES = 72

    def encode(self, password: str, salt: Any) -> str:
        hashed = _in_turn(bcrypt.hashpw, password.encode()[: self.MOST_BYTES], salt)
        return f"{self.algorithm}${hashed.decode()}"


def _in_turn(work: Callable[..., Hashed], *args: Any, **kwargs: Any) -> Hashed:
    with _slot():
        return _threads.submit(work, *args, **kwargs).result()


@contextmanager
def _slot() -> Iterator[None]:
    """:raises ServiceUnavailable: too many hashes are running and waiting already."""
    if not _places.acquire(blocking=False):
        raise _busy()
    try:
        if not _slots.acquire(timeout=WAIT_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            _slots.release()
    finally:
        _places.release()


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable("Too many people are signing in right now", retry_after=RETRY_AFTER_SECONDS)
