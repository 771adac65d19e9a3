"""A database that each test finds empty, a client, and somebody to be."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone
from pymongo import WriteConcern

from auth_project.accounts import passwords
from auth_project.accounts.hashers import Argon2idHasher
from auth_project.accounts.models import User
from auth_project.signing_keys import keyring
from auth_project.signing_keys.models import SigningKey
from auth_project.tokens import services
from auth_project.tokens.services import Device, TokenPair
from shared.keys import load_private_key
from shared.service_tokens import ServiceSigner
from tests.auth.fakes import FakePosts, make_user

# Nobody waits for a majority to have nothing.
ON_ONE = WriteConcern(w=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
# All but `signing_keys`, of which there is always one: tests that make others put it back (tests/auth/signing_keys).
EMPTIED = [
    "counters", "second_factors", "idempotent_answers", "users", "sessions", "outbox", "django_session",
    "django_admin_log", "mails", "retired_names", "pending_registrations", "one_time_tokens", "exports", "erasures",
    "stale_files", "inbox_events", "service_clients", "passkeys", "passkey_challenges",
    "foreign_hashes",
    "audit_entries", "audit_ends", "daily_figures",
]  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _database(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A migrated `test_…` database beside the one that MONGODB_URL names."""
    with django_db_blocker.unblock():
        config = setup_databases(verbosity=0, interactive=False)
        # Migrating has made it: it has signed since before any time that a test travels to.
        SigningKey.objects.update(published_at=LONG_AGO, signs_from=LONG_AGO)
        yield
        teardown_databases(config, verbosity=0)


@pytest.fixture(autouse=True)
def _empty(_database: None) -> Iterator[None]:
    """Few of them hold anything after a test, and to ask all at once which do takes a few milliseconds."""
    yield
    for found in connection.database[EMPTIED[0]].aggregate(_HOLDS_ANYTHING):
        connection.database.get_collection(found["name"], write_concern=ON_ONE).delete_many({})


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost one millisecond, but where a test is marked as being about what they cost."""
    if request.node.get_closest_marker("costly_hashes") is None:
        monkeypatch.setattr(Argon2idHasher, "memory_cost", 1_024)
        monkeypatch.setattr(Argon2idHasher, "time_cost", 1)
        monkeypatch.setattr(passwords, "_HASH_OF_NOBODY", Argon2idHasher().hash_of_nobody())


def _one_of(name: str) -> list[dict[str, Any]]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]


_HOLDS_ANYTHING = _one_of(EMPTIED[0]) + [
    {"$unionWith": {"coll": name, "pipeline": _one_of(name)}} for name in EMPTIED[1:]
]


class Api:
    """Speaks JSON, as one person or as nobody, from an address."""

    def __init__(self, token: str = "", *, address: str = "127.0.0.1") -> None:
        self._client = Client(raise_request_exception=False, REMOTE_ADDR=address)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self._client.get(path, headers=self._headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, json.dumps({} if body is None else body), **headers)

    def delete(self, path: str, body: Any = None) -> HttpResponse:
        return self.send("DELETE", path, b"" if body is None else json.dumps(body))

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.send("PATCH", path, json.dumps(body))

    def send(
        self, method: str, path: str, body: str | bytes, content_type: str = "application/json", **headers: str
    ) -> HttpResponse:
        return self._client.generic(method, path, body, content_type, headers=self._headers | headers)


@dataclass
class SignedIn:
    user: User
    tokens: TokenPair
    api: Api


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def posts() -> FakePosts:
    return FakePosts()


@pytest.fixture
def ada() -> SignedIn:
    return sign_in(make_user("ada"))


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(make_user("al", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def posts_service() -> "PostsService":
    return PostsService()


class PostsService:
    """Calls the internal API with tokens that Posts would sign."""

    def __init__(self, *, service: str = "posts", audience: str = "auth") -> None:
        key = load_private_key(settings.AUTH_SERVICE_KEY_FILE.with_name("posts_service.pem"))
        self._signer = ServiceSigner(service=service, audience=audience, key=lambda: key)
        self._client = Client(raise_request_exception=False)

    def get(self, path: str) -> HttpResponse:
        token = self._signer.sign(method="GET", path=path.partition("?")[0], body=b"")
        return self._client.get(path, headers={"Authorization": f"Bearer {token}"})

    def post(self, path: str, body: Any) -> HttpResponse:
        raw = json.dumps(body).encode()
        token = self._signer.sign(method="POST", path=path, body=raw)
        return self._client.generic("POST", path, raw, "application/json", headers={"Authorization": f"Bearer {token}"})


def sign_in(user: User) -> SignedIn:
    tokens = services.start_session(user=user, device=Device(ip="127.0.0.1", user_agent="pytest"), now=timezone.now())
    return SignedIn(user=user, tokens=tokens, api=Api(tokens.access))


def access_claims(signed_in: SignedIn, **changes: Any) -> dict[str, Any]:
    """The claims of that person's access token, some of them changed; None takes one out."""
    claims = jwt.decode(signed_in.tokens.access, options={"verify_signature": False}) | changes
    return {name: value for name, value in claims.items() if value is not None}


def sign(claims: dict[str, Any], *, key: Any = None, algorithm: str = "EdDSA", **headers: Any) -> str:
    """A token like ours; `headers` add to or replace its header."""
    kid, own = keyring.current().signer(now=timezone.now())
    header = {"kid": kid, "typ": "at+jwt"} | headers
    return jwt.encode(claims, own if key is None else key, algorithm=algorithm, headers=header)


def unix_now() -> int:
    return int(time.time())
