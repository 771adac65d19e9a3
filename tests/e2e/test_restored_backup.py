"""Posts is restored from a backup: after `outbox replay` and `reconcile` it knows what happened since."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from shared.public_api import Person, PublicApi
from tests.e2e.conftest import eventually

pytestmark = pytest.mark.slow

HOME = "/api/v1/timelines/home"


class Backup:
    """A copy of Posts' database, made and put back while Posts is away."""

    def __init__(self, url: str) -> None:
        self._server, _, name = url.rpartition("/")
        self._name = name.partition("?")[0]

    def take(self) -> None:
        self._copy(self._name, f"{self._name}_copy")

    def put_back(self) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", self._name)
        self._copy(f"{self._name}_copy", self._name)

    def _copy(self, source: str, target: str) -> None:
        self._run("CREATE DATABASE {} TEMPLATE {}", target, source)

    def _run(self, statement: str, *names: str) -> None:
        with closing(psycopg.connect(f"{self._server}/postgres", autocommit=True)) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture
def backup(stack: Any) -> Iterator[Backup]:
    made = Backup(stack.databases.postgres_url)
    yield made
    made._run("DROP DATABASE IF EXISTS {}", f"{made._name}_copy")


@contextmanager
def away(stack: Any) -> Iterator[None]:
    for name in ("posts-worker", "posts"):
        stack.stop(name)
    yield
    for name in ("posts", "posts-worker"):
        stack.start(name)


def knows(api: PublicApi, name: str) -> bool:
    return api.call("GET", f"/api/v1/profiles/{name}").status == 200


def test_what_happened_since_the_backup_is_known_again(
    sign_up: Callable[..., Person],
    api: PublicApi,
    stack: Any,
    backup: Backup,
    manage_auth: Callable[..., Any],
    manage_posts: Callable[..., Any],
    unused_name: Callable[[str], str],
) -> None:
    ada, bob, cat, sam = (sign_up(stem) for stem in ("ada", "bob", "cat", "sam"))
    eventually(lambda: all(knows(api, person.username) for person in (ada, bob, cat, sam)))
    kept = ada.call("POST", "/api/v1/posts", {"text": "before the backup"}).expect(201).body["id"]
    with away(stack):
        backup.take()

    since, renamed = datetime.now(UTC), unused_name("renamed")
    dan = sign_up("dan")
    ada.call("PATCH", "/api/v1/users/me", {"username": renamed}).expect(200)
    stolen = bob.access
    api.call("POST", "/api/v1/auth/logout", token=stolen).expect(204)
    receipt = cat.call("DELETE", "/api/v1/users/me", {"password": cat.password}).expect(202).body["erasure_id"]
    assert manage_auth("suspend_user", sam.username, "--reason", "spam").returncode == 0
    eventually(lambda: api.call("GET", f"/api/v1/erasures/{receipt}").body["status"] == "completed", seconds=30)
    eventually(lambda: knows(api, renamed) and not knows(api, sam.username))
    with away(stack):
        backup.put_back()
    assert knows(api, cat.username)

    assert manage_auth("outbox", "replay", "--since", since.isoformat()).returncode == 0
    eventually(lambda: knows(api, renamed) and knows(api, dan.username) and not knows(api, sam.username), seconds=30)
    manage_posts("reconcile", "--fix")

    eventually(lambda: not knows(api, cat.username), seconds=30)
    assert manage_posts("reconcile").returncode == 0
    assert api.call("GET", HOME, token=stolen).code == "token_revoked"
    assert not knows(api, sam.username)
    assert api.call("GET", f"/api/v1/posts/{kept}").body["author"]["username"] == renamed
