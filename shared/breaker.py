"""A circuit breaker: after a run of failures calls are refused at once, until a probe succeeds.

Own code on purpose: sixty lines whose state is visible in `/readyz` and `/metrics` (docs/dependencies.md).
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from shared import metrics

CONSECUTIVE_FAILURES = 5
WINDOW = 20
FAILURE_SHARE = 0.5
OPEN_SECONDS = 5.0
OPEN_SPREAD = 0.2

State = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Opens at 5 failures in a row, or at half of the last 20; lets one probe through after 5 s ± 20 %."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._run_of_failures = 0
        self._open_until: float | None = None
        self._probing = False
        metrics.BREAKER_OPEN.labels(name).set(0)

    def state(self) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half_open"

    def allows(self) -> bool:
        """Whether a call may be made now. Each permission must be answered by `succeeded` or `failed`."""
        with self._lock:
            state = self.state()
            if state == "half_open" and not self._probing:
                self._probing = True
                return True
            return state == "closed"

    def succeeded(self) -> None:
        with self._lock:
            self._recent.append(True)
            self._run_of_failures = 0
            if self._probing:
                self._recent.clear()
            self._close()

    def failed(self) -> None:
        with self._lock:
            self._recent.append(False)
            self._run_of_failures += 1
            if self._probing or self._too_many_failures():
                self._open()

    def _too_many_failures(self) -> bool:
        full = len(self._recent) == WINDOW
        return self._run_of_failures >= CONSECUTIVE_FAILURES or (
            full and self._recent.count(False) >= WINDOW * FAILURE_SHARE
        )

    def _open(self) -> None:
        # The spread keeps many workers from probing together.
        spread = random.uniform(1 - OPEN_SPREAD, 1 + OPEN_SPREAD)  # noqa: S311 - not a secret
        self._open_until = self._clock() + OPEN_SECONDS * spread
        self._probing = False
        metrics.BREAKER_OPEN.labels(self.name).set(1)

    def _close(self) -> None:
        self._open_until = None
        self._probing = False
        metrics.BREAKER_OPEN.labels(self.name).set(0)
