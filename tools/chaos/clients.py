"""Clients in closed loops, who note what they were promised, and the gateway's part of choosing whom to ask."""

import enum
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from shared.public_api import ApiError, Person

TIMEOUT_SECONDS = 10.0
NO_PATIENCE = 0.001
PROBE_SECONDS = 0.2
PAUSE_SECONDS = 0.05
# Access tokens live for five minutes.
TOKEN_SECONDS = 200.0
PASSWORD = "seven quiet otters paint"  # noqa: S105 - of people who live for a minute


def session() -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    return made


class Health(enum.IntEnum):
    """What a gateway knows of an origin: it says yes; it says nothing, and may be busy; it says no, or is gone."""

    READY = 0
    SILENT = 1
    GONE = 2


class Router:
    """Asks each origin often whether it is ready, as a gateway does, and names one that is."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._health = dict.fromkeys(origins, Health.READY)
        self._turns = itertools.count()
        self._over = threading.Event()
        # One each: where one is slow to answer, the others are asked no less often.
        self._threads = [threading.Thread(target=self._probe, args=[origin], daemon=True) for origin in origins]

    def __enter__(self) -> "Router":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def pick(self) -> str:
        """The next in turn of those that are ready; where none is, of those that may be busy; or else of all."""
        best = min(self._health.values())
        among = [origin for origin, health in self._health.items() if health == best]
        return among[next(self._turns) % len(among)]

    @property
    def is_anybody_ready(self) -> bool:
        return Health.READY in self._health.values()

    def _probe(self, origin: str) -> None:
        with session() as probe:
            while not self._over.wait(PROBE_SECONDS):
                self._health[origin] = _health(probe, f"{origin}/readyz")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One write. `label` is in nothing else that anybody writes."""

    label: str
    path: str
    body: dict[str, Any]


class Client(threading.Thread):
    """Sends one call after the other, each until it is acknowledged, as an app does that keeps what its user typed.

    `acknowledged` has the labels of what was promised, `failed` what went wrong on the way, by its kind, and
    `longest_wait` the seconds that one call took with all its attempts.
    """

    def __init__(
        self,
        *,
        router: Router,
        calls: Callable[[int], Call],
        token: Callable[[], str] | None,
        keyed: bool = True,
        deaf_every: int = 0,
    ) -> None:
        """:param keyed: send the attempts of one call with one Idempotency-Key; False shows what that is for.
        :param deaf_every: of so many calls one is sent and its answer not waited for, as where the network fails then.
        """
        super().__init__(daemon=True)
        self._router, self._calls, self._token, self._keyed = router, calls, token, keyed
        self._deaf_every = deaf_every
        self._over = threading.Event()
        self.acknowledged: list[str] = []
        self.failed: Counter[str] = Counter()
        self.requests, self.longest_wait = 0, 0.0

    def finish(self) -> None:
        """Let it complete the call it is at."""
        self._over.set()

    def run(self) -> None:
        with session() as http:
            for number in itertools.count():
                if self._over.is_set():
                    return
                call, started = self._calls(number), time.monotonic()
                self._send_until_acknowledged(
                    http, call, is_deaf=bool(self._deaf_every and not number % self._deaf_every)
                )
                self.longest_wait = max(self.longest_wait, time.monotonic() - started)

    def _send_until_acknowledged(self, http: requests.Session, call: Call, *, is_deaf: bool) -> None:
        key, patience = secrets.token_hex(16), NO_PATIENCE if is_deaf else TIMEOUT_SECONDS
        while not self._is_acknowledged(http, call, key if self._keyed else secrets.token_hex(16), patience):
            patience = TIMEOUT_SECONDS
            time.sleep(PAUSE_SECONDS)
        self.acknowledged.append(call.label)

    def _is_acknowledged(self, http: requests.Session, call: Call, key: str, patience: float) -> bool:
        self.requests += 1
        try:
            headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {self._token()}"} if self._token else {})
            url = f"{self._router.pick()}{call.path}"
            response = http.post(url, json=call.body, headers=headers, timeout=(TIMEOUT_SECONDS, patience))
        except requests.RequestException as error:
            self.failed[_kind(error, is_anybody_ready=self._router.is_anybody_ready)] += 1
            return False
        except ApiError as error:
            self.failed[f"at Auth: {error}"[:80]] += 1
            return False
        if response.status_code != 201:
            self.failed[f"{response.status_code} {response.json().get('code', '')}"] += 1
        return response.status_code == 201


class Account:
    """Somebody who signs up once, and signs in again before the access token ends."""

    def __init__(self, person: Person) -> None:
        self.person = person
        person.sign_up()
        self._since = time.monotonic()

    def token(self) -> str:
        if time.monotonic() - self._since > TOKEN_SECONDS:
            self.person.sign_in()
            self._since = time.monotonic()
        return self.person.access


class Renewing(Account):
    """Has a new access token again and again, and shows each to Auth, too."""

    def __init__(self, person: Person, *, every: float) -> None:
        super().__init__(person)
        self._every = every

    def token(self) -> str:
        """:raises ApiError: Auth does not take its own token."""
        if time.monotonic() - self._since > self._every:
            self.person.renew()
            self._since = time.monotonic()
            self.person.api.call("GET", "/api/v1/users/me", token=self.person.access).expect(200)
        return self.person.access


def _health(http: requests.Session, url: str) -> Health:
    try:
        return Health.READY if http.get(url, timeout=1).status_code == 200 else Health.GONE
    except requests.Timeout:
        return Health.SILENT
    except requests.RequestException:
        return Health.GONE


def _kind(error: BaseException, *, is_anybody_ready: bool) -> str:
    """What ended the connection, by the innermost cause that is told; who knows of nobody asks whoever there is."""
    while cause := error.__context__ or next((one for one in error.args if isinstance(one, BaseException)), None):
        error = cause
    return type(error).__name__ + ("" if is_anybody_ready else ", nobody was ready")
