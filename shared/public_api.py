"""The public API as its clients see it: for the graph loader, the end-to-end tests and the benchmarks.

Unlike calls between the services these may wait: a busy or restarting service is tried again, as a patient app would.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

TIMEOUT_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 5.0

_TRY_AGAIN = frozenset({429, 502, 503, 504})
# Invalid is also what an old token is whose key is retired by now.
_RENEWED = frozenset({"token_expired", "token_revoked", "token_invalid"})
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


class ApiError(Exception):
    """An answer that the caller did not expect, or none at all."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's `code`; empty for a good answer."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) and self.status >= 400 else ""

    def field_codes(self) -> dict[str, str]:
        errors = self.body.get("errors", []) if isinstance(self.body, dict) else []
        return {error["field"]: error["code"] for error in errors}

    def expect(self, *statuses: int) -> "Answer":
        """:raises ApiError: the status is another one."""
        if self.status not in statuses:
            raise ApiError(f"expected {' or '.join(map(str, statuses))}, got {self.status}: {self.body}")
        return self


class PublicApi:
    """Both services under their two origins; safe to use from several threads.

    :param tries: how often a request is sent while a service is away or busy.
    :param observe: called with the seconds that every answered request took.
    """

    def __init__(
        self,
        *,
        auth_url: str,
        posts_url: str,
        pool: int = 16,
        tries: int = 8,
        observe: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._origins = {"auth": auth_url, "posts": posts_url}
        self._tries = tries
        self._observe = observe
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_connections=2, pool_maxsize=pool))
        self._session.mount("https://", HTTPAdapter(pool_connections=2, pool_maxsize=pool))

    def call(self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> Answer:
        """One request, sent again while the service is busy; whoever owns `path` (or a whole URL) is asked.

        :raises ApiError: no answer after all tries; at once for a POST or PATCH that may have been carried out.
        """
        pause = 0.1
        for attempt in range(1, self._tries + 1):
            try:
                answer = self._once(method, path, body, token, headers)
            except requests.RequestException as error:
                refused = isinstance(error, requests.ConnectionError) and "refused" in str(error)
                if attempt == self._tries or not (refused or method in _REPEATABLE):
                    raise ApiError(f"{method} {path}: {error.__class__.__name__}") from error
            else:
                if answer.status not in _TRY_AGAIN or attempt == self._tries:
                    return answer
                pause = max(pause, float(answer.headers.get("Retry-After", 0)))
            time.sleep(min(pause, LONGEST_PAUSE_SECONDS))
            pause *= 2
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any, token: str, headers: dict[str, str]) -> Answer:
        started = time.perf_counter()
        response = self._session.request(
            method,
            path if "://" in path else self._origins[owner(path)] + path,
            json=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        self._observe(time.perf_counter() - started)
        parsed = response.json() if "json" in response.headers.get("Content-Type", "") else response.text
        return Answer(status=response.status_code, body=parsed, headers=dict(response.headers))


@dataclass
class Person:
    """Somebody with an account: signs up or in, and renews the access token when it has run out."""

    api: PublicApi
    username: str
    password: str = field(repr=False)
    id: str = ""
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)

    def sign_up(self, **profile: Any) -> bool:
        """Register; log in where the name is taken. Tells whether the account is new.

        :raises ApiError: the name belongs to somebody with another password, or is refused.
        """
        body = {"username": self.username, "email": f"{self.username}@example.org", "password": self.password}
        answer = self.api.call("POST", "/api/v1/auth/register", body | profile)
        if answer.status == 400 and answer.field_codes().get("username") == "taken":
            self.sign_in()
            return False
        self._take(answer.expect(201))
        return True

    def sign_in(self) -> None:
        body = {"login": self.username, "password": self.password}
        self._take(self.api.call("POST", "/api/v1/auth/login", body).expect(200))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request as this person, with a fresh token where the old one has expired."""
        if not self.access:
            self.sign_in()
        answer = self.api.call(method, path, body, token=self.access, **headers)
        if answer.status == 401 and answer.code in _RENEWED:
            self.renew()
            answer = self.api.call(method, path, body, token=self.access, **headers)
        return answer

    def renew(self) -> None:
        """Another access token, and the refresh token that goes with it."""
        answer = self.api.call("POST", "/api/v1/auth/refresh", {"refresh": self.refresh})
        if answer.status == 401:
            self.sign_in()
        else:
            self._take(answer.expect(200))

    def _take(self, answer: Answer) -> None:
        self.access, self.refresh = answer.body["access"], answer.body["refresh"]
        if "user" in answer.body:
            self.id = answer.body["user"]["id"]


def owner(path: str) -> str:
    """`auth` or `posts`: which service answers `path`."""
    own = ("/api/v1/auth", "/api/v1/users", "/api/v1/erasures", "/oauth", "/.well-known")
    return "auth" if urlsplit(path).path.startswith(own) else "posts"
