"""People with passkeys."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.http import HttpResponse

from tests.auth.conftest import Api, SignedIn
from tests.auth.fakes import NOW
from tests.auth.passkeys.authenticator import Authenticator

PASSKEYS, OPTIONS = "/api/v1/auth/passkeys", "/api/v1/auth/passkeys/options"
LOGIN, LOGIN_OPTIONS = "/api/v1/auth/login/passkey", "/api/v1/auth/login/passkey/options"
ME = "/api/v1/users/me"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@dataclass
class Owner:
    """Somebody with one passkey, and the authenticator that it is in."""

    who: SignedIn
    authenticator: Authenticator
    passkey: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{PASSKEYS}/{self.passkey['id']}"


def enrol(who: SignedIn, authenticator: Authenticator | None = None, **more: Any) -> Owner:
    authenticator = authenticator or Authenticator()
    options = who.api.post(OPTIONS).json()
    response = who.api.post(PASSKEYS, {"credential": authenticator.create(options), **more})
    assert response.status_code == 201, response.content
    return Owner(who, authenticator, response.json())


def begin(**body: Any) -> dict[str, Any]:
    response = Api().post(LOGIN_OPTIONS, body)
    assert response.status_code == 200
    return response.json()


def log_in(credential: dict[str, Any], **headers: str) -> HttpResponse:
    return Api().post(LOGIN, {"credential": credential}, **headers)


def outcome(response: HttpResponse) -> tuple[int, str]:
    return response.status_code, "" if response.status_code < 400 else response.json()["code"]


def at_once(attempt: Callable[[Any], Any], given: Sequence[Any]) -> list[Any]:
    """What becomes of `attempt` with each of those, all begun in the same moment."""
    barrier = threading.Barrier(len(given))

    def one(value: Any) -> Any:
        barrier.wait()
        try:
            return attempt(value)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(given)) as pool:
        return list(pool.map(one, given))


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def owner(ada: SignedIn) -> Owner:
    return enrol(ada)
