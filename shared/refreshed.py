"""What a process keeps of something that changes elsewhere: read again by one thread, kept where it cannot be."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


class NotLoaded(Exception):
    """It could not be read a moment ago; why is the `__cause__`."""


class Refreshed(Generic[T]):
    """The value that `load` brought, at most about `seconds` old while `load` works.

    One thread at a time reads, and the others go on with what is there. Where that fails the last value stays, for
    `stale_seconds` at most; after that, and before the first, callers wait for it and get the error.

    :param name: for the log.
    """

    def __init__(
        self,
        load: Callable[[], T],
        *,
        name: str,
        seconds: float,
        stale_seconds: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._name, self._clock = load, name, clock
        self._seconds, self._stale_seconds = seconds, stale_seconds
        self._value: T | None = None
        self._error: Exception | None = None
        self._loaded_at = self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> T:
        """:raises Exception: what `load` raised; `NotLoaded` where it was not asked again so soon."""
        if self._is_too_old():
            with self._lock:
                if self._is_too_old():
                    self._read_or_raise()
        elif self._is_due() and self._lock.acquire(blocking=False):
            try:
                self._read_or_keep()
            finally:
                self._lock.release()
        return self._value  # type: ignore[return-value]  # it is not too old, so it is there

    def forget(self) -> None:
        """Read it at the next call, whatever its age."""
        with self._lock:
            self._loaded_at = self._tried_at = float("-inf")

    def _is_too_old(self) -> bool:
        return self._loaded_at == float("-inf") or self._clock() - self._loaded_at > self._stale_seconds

    def _is_due(self) -> bool:
        return self._clock() - self._tried_at >= self._seconds

    def _read_or_raise(self) -> None:
        if self._error is not None and not self._is_due():
            raise NotLoaded(self._name) from self._error
        self._read()

    def _read_or_keep(self) -> None:
        if not self._is_due():
            return
        try:
            self._read()
        except Exception as error:
            logger.warning(
                "refreshed.kept_last", extra={"what": self._name, "reason": f"{type(error).__name__}: {error}"}
            )

    def _read(self) -> None:
        self._tried_at = self._clock()
        try:
            self._value = self._load()
        except Exception as error:
            self._error = error
            raise
        self._error, self._loaded_at = None, self._clock()
