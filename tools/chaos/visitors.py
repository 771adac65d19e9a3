"""People who read and write as they please, one request after the other, and how long each took."""

import itertools
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import requests

from tools.chaos.clients import session

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One kind of request. `share` is how often it is picked, `good` what may be answered.

    :param request: makes the number-th of this visitor: method, URL, JSON body, access token.
    """

    name: str
    share: int
    request: Callable[[int], tuple[str, str, object, str]]
    good: frozenset[int] = frozenset({200, 201, 204})


@dataclass
class Phase:
    """What was measured while it lasted: seconds of each request, and what went wrong by errand and kind."""

    seconds: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        """In seconds; 0 where there was no request."""
        if len(self.seconds) < 2:
            return 0.0
        return statistics.quantiles(self.seconds, n=1000, method="inclusive")[round(share * 1000) - 1]

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)


class Visitors:
    """`with Visitors(errands, count) as visitors:` they go on meanwhile; `visitors.phase` is what is measured into."""

    def __init__(self, errands: Sequence[Sequence[Errand]]) -> None:
        """:param errands: those of each visitor."""
        self.phase = Phase()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=[own], daemon=True) for own in errands]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def spend(self, seconds: float) -> Phase:
        """Let them go on for so long; return what was measured of requests that began in that time."""
        self.phase = Phase()
        time.sleep(seconds)
        measured, self.phase = self.phase, Phase()
        return measured

    def _visit(self, errands: Sequence[Errand]) -> None:
        shares = [errand.share for errand in errands]
        with session() as http:
            for number in itertools.count():
                if self._over.is_set():
                    return
                (errand,) = random.choices(errands, shares)  # noqa: S311 - not a secret
                self._run(http, errand, number)

    def _run(self, http: requests.Session, errand: Errand, number: int) -> None:
        phase, started = self.phase, time.monotonic()
        method, url, body, token = errand.request(number)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            response = http.request(method, url, json=body, headers=headers, timeout=TIMEOUT_SECONDS)
            outcome = "" if response.status_code in errand.good else f"{response.status_code}"
        except requests.RequestException as error:
            outcome = type(error).__name__
        phase.seconds.append(time.monotonic() - started)
        if outcome:
            phase.failed[f"{errand.name}: {outcome}"] += 1
