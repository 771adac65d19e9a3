"""One person whose secrets are watched: none turns up in a log, an address, an error, an admin page or the database."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyotp
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pymongo.errors import ServerSelectionTimeoutError

from auth_project.accounts.models import User
from auth_project.tokens.models import Session
from tests.auth.conftest import EMPTIED, Api
from tests.auth.fakes import EVERY_CALL_OF_MONGODB, make_user
from tests.auth.letters import delivered, only_token, token_in

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "canary of the first age", "canary of the second age", "canary of the third age"
WRONG = "canary that was mistyped"
MAILS = "mails"


@dataclass
class Watched:
    """What must not be seen, and what was seen."""

    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[HttpResponse] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def keep(self, name: str, value: str) -> str:
        self.secrets[f"{name} {len(self.secrets)}"] = value
        return value

    def call(self, api: Api, method: str, path: str, body: object = None) -> dict[str, object]:
        response = api.send(method, path, b"" if body is None else json.dumps(body))
        self.answers.append(response)
        if response.status_code >= 400:
            self.errors.append(response.content.decode())
        return response.json() if response.content else {}

    def signed_in(self, answer: dict[str, object]) -> Api:
        access = self.keep("access token", str(answer["access"]))
        self.keep("refresh token", str(answer["refresh"]))
        return Api(access)

    def found_in(self, text: str) -> list[str]:
        return [name for name, secret in self.secrets.items() if secret in text]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that would be written, by every logger, at its most talkative."""
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def life() -> Watched:
    """Everything that an account goes through with its secrets, right and wrong."""
    watched, nobody = Watched(), Api()
    for password in (FIRST, SECOND, THIRD, WRONG):
        watched.keep("password", password)
    body = {"username": "ada", "email": "ada@example.com", "password": FIRST}
    api = watched.signed_in(watched.call(nobody, "POST", "/api/v1/auth/register", body))
    watched.call(nobody, "POST", "/api/v1/auth/register", body)
    watched.call(nobody, "POST", "/api/v1/auth/register", {**body, "password": WRONG, "username": WRONG})
    watched.call(nobody, "POST", "/api/v1/auth/email/verify", {"token": watched.keep("mailed", only_token())})
    for login in ({"login": "ada", "password": WRONG}, {"login": WRONG, "password": FIRST}, {"password": [FIRST]}):
        watched.call(nobody, "POST", "/api/v1/auth/login", login)

    answer = watched.call(nobody, "POST", "/api/v1/auth/login", {"login": "ada", "password": FIRST})
    parent = str(answer["refresh"])
    watched.signed_in(answer)
    for _ in range(3):
        answer = watched.call(nobody, "POST", "/api/v1/auth/refresh", {"refresh": str(answer["refresh"])})
        watched.signed_in(answer)
    watched.call(nobody, "POST", "/api/v1/auth/refresh", {"refresh": parent})
    watched.call(nobody, "POST", "/api/v1/auth/refresh", {"refresh": parent + "x"})
    watched.call(Api(parent), "GET", "/api/v1/users/me")

    change = {"current_password": WRONG, "new_password": SECOND}
    watched.call(api, "POST", "/api/v1/auth/password/change", change)
    watched.call(api, "POST", "/api/v1/auth/password/change", {**change, "current_password": FIRST})
    enrolled = watched.call(api, "POST", "/api/v1/auth/mfa/totp", {"password": SECOND})
    secret = watched.keep("totp", str(enrolled["secret"]))
    code = watched.keep("code", pyotp.TOTP(secret).now())
    for given in ("123456", code, code):
        confirmed = watched.call(api, "POST", "/api/v1/auth/mfa/totp/confirm", {"code": given})
        for recovery in confirmed.get("recovery_codes", []):
            watched.keep("recovery code", recovery)
    recovery = next(value for name, value in watched.secrets.items() if name.startswith("recovery code"))
    login = {"login": "ada", "password": SECOND, "otp": recovery}
    for _ in range(2):
        answer = watched.call(nobody, "POST", "/api/v1/auth/login", login)
        if "access" in answer:
            watched.signed_in(answer)
    delivered()
    watched.call(nobody, "POST", "/api/v1/auth/password/reset", {"email": "ada@example.com"})
    (letter,) = delivered()
    reset = {"token": watched.keep("mailed", token_in(letter)), "new_password": THIRD}
    watched.call(nobody, "POST", "/api/v1/auth/password/reset/confirm", {**reset, "new_password": "ada"})
    watched.call(nobody, "POST", "/api/v1/auth/password/reset/confirm", reset)
    watched.call(nobody, "POST", "/api/v1/auth/password/reset/confirm", reset)
    return watched


@pytest.mark.asvs("16.2.5")
def test_no_secret_is_logged(log: io.StringIO, life: Watched):
    lines = log.getvalue()

    assert len(lines.splitlines()) > len(life.answers)
    assert life.found_in(lines) == []
    assert "ada@example.com" not in lines


@pytest.mark.asvs("16.2.5", "16.5.1")
def test_no_secret_is_logged_or_told_when_everything_breaks(
    log: io.StringIO, life: Watched, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    def away(*_: object, **__: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    for fault, status in ((broken, 500), (away, 503)):
        with monkeypatch.context() as patch:
            patch.setattr(EVERY_CALL_OF_MONGODB, fault)
            for path, body in (("login", {"login": "ada", "password": THIRD}), ("refresh", {"refresh": "x"})):
                life.call(Api(), "POST", f"/api/v1/auth/{path}", body)
                assert life.answers[-1].status_code in (status, 401)

    assert "Traceback" in log.getvalue()
    assert life.found_in(log.getvalue()) == []
    assert life.found_in("".join(life.errors)) == []
    assert "Traceback" not in "".join(life.errors)


@pytest.mark.asvs("14.2.1", "16.5.1")
def test_no_error_repeats_a_secret_and_no_address_has_one(life: Watched):
    assert len(life.errors) > 8
    assert life.found_in("".join(life.errors)) == []
    for answer in life.answers:
        assert life.found_in(answer.request["PATH_INFO"] + answer.request["QUERY_STRING"]) == []
        assert life.found_in("".join(f"{name}: {value}" for name, value in answer.headers.items())) == []


@pytest.mark.asvs("6.4.6")
def test_no_admin_page_shows_a_secret(life: Watched):
    client = Client()
    client.force_login(make_user("al", is_staff=True, is_superuser=True))
    ada = User.objects.get(username="ada")
    delivered()
    Api().post("/api/v1/auth/password/reset", {"email": "ada@example.com"})
    paths = ["", "accounts/user/", f"accounts/user/{ada.pk}/change/", f"accounts/user/{ada.pk}/history/",
             "tokens/session/", f"tokens/session/{Session.objects.first().pk}/change/", "events/outboxevent/",
             "mail/mail/"]  # fmt: skip

    for path in paths:
        page = client.get(f"/admin/{path}")
        assert page.status_code == 200
        assert life.found_in(page.content.decode()) == []
        assert ada.password not in page.content.decode()
        assert "argon2" not in page.content.decode()


@pytest.mark.asvs("6.5.2", "6.4.1", "11.4.2")
def test_whoever_steals_the_database_finds_no_secret(life: Watched):
    Api().post("/api/v1/auth/password/reset", {"email": "ada@example.com"})

    dump = json.dumps(
        {name: list(connection.database[name].find()) for name in [*EMPTIED, "signing_keys"]}, default=str
    )

    assert "ada@example.com" in dump
    # Six digits are found in any number; the code was used, and its step with it.
    assert [name for name in life.found_in(dump) if not name.startswith("code ")] == []
