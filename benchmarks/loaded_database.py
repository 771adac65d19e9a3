"""The PostgreSQL of the measurements: loads the data set once, keeps it, and gives each run a copy to write to."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.dataset.size import Size
from tools.devstack import environment, ports
from tools.devstack.environment import Addresses
from tools.devstack.errors import StackError
from tools.devstack.postgres import DATABASE, Postgres
from tools.devstack.stack import ROOT

RUN_DATABASE = "run"
DESCRIPTION = "loaded.json"
# Older data is loaded anew: idle timelines would be dropped, and nothing would be new.
DAYS_KEPT = 7
# For the load alone, which begins anew when it is interrupted.
LOADING = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}

Say = Callable[[str], object]


class LoadedDatabase:
    """`with LoadedDatabase(folder, size, say=print).copy() as variables:` the variables of a service on such a copy."""

    def __init__(self, folder: Path, size: Size, *, say: Say) -> None:
        self._folder, self._size, self._say = folder.resolve(), size, say

    @contextmanager
    def copy(self, *, fresh: bool = False) -> Iterator[dict[str, str]]:
        """:param fresh: load anew, whatever there is."""
        if fresh or not self._is_loaded():
            self._load()
        with self._server(durable=True) as server:
            self._catch_up(server)
            self._say("Copying the loaded database …")
            with _administrator(server) as link:
                link.execute(f"DROP DATABASE IF EXISTS {RUN_DATABASE} WITH (FORCE)")
                link.execute(f"CREATE DATABASE {RUN_DATABASE} TEMPLATE {DATABASE} STRATEGY FILE_COPY")
            yield self._variables(server, RUN_DATABASE)
            with _administrator(server) as link:
                link.execute(f"DROP DATABASE {RUN_DATABASE} WITH (FORCE)")

    def _is_loaded(self) -> bool:
        """Whether such data is there, young enough, and of a schema that the present one goes on from."""
        known = self._known()
        age = time.time() - known.pop("loaded_at", 0)
        migrations = set(known.pop("migrations", ()))
        is_same = known == self._size.description() and migrations <= set(_migrations())
        return is_same and age < DAYS_KEPT * 24 * 3600

    def _known(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads((self._folder / DESCRIPTION).read_text())
        except (OSError, ValueError):
            return {}
        return known

    def _load(self) -> None:
        (self._folder / DESCRIPTION).unlink(missing_ok=True)
        shutil.rmtree(self._folder / "postgres", ignore_errors=True)
        started_at = time.monotonic()
        with self._server(durable=False) as server:
            self._say(f"Loading {self._size.people:,} people and {self._size.posts:,} posts …")
            variables = self._variables(server, DATABASE)
            django(variables, "migrate", "--no-input", "--verbosity", "0")
            django(variables, "load_dataset", *self._size.arguments())
        self._describe(loaded_at=time.time())
        self._say(f"Loaded in {time.monotonic() - started_at:.0f} s.")

    def _catch_up(self, server: Postgres) -> None:
        """Bring data that was loaded before to the schema of today."""
        known = self._known()
        if known["migrations"] != _migrations():
            self._say("Migrating the loaded database …")
            django(self._variables(server, DATABASE), "migrate", "--no-input", "--verbosity", "0")
            self._describe(loaded_at=known["loaded_at"])

    def _describe(self, *, loaded_at: float) -> None:
        description = {**self._size.description(), "migrations": _migrations(), "loaded_at": loaded_at}
        (self._folder / DESCRIPTION).write_text(json.dumps(description, indent=1))

    @contextmanager
    def _server(self, *, durable: bool) -> Iterator[Postgres]:
        server = Postgres(self._folder / "postgres", durable=durable)
        server.settings = {**server.settings, **({} if durable else LOADING)}
        try:
            server.launch()
            server.wait_until_ready()
            yield server
        finally:
            server.stop(seconds=120)

    def _variables(self, server: Postgres, database: str) -> dict[str, str]:
        url = urlsplit(server.url)._replace(path=f"/{database}").geturl()
        addresses = Addresses(
            mongodb_url="", postgres_url=url, auth_port=ports.free_port(), posts_port=ports.free_port()
        )
        return environment.development(self._folder, addresses) | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings",
            "LOG_FORMAT": "json",  # as in production
            "LOG_LEVEL": "WARNING",  # of the measuring itself; the service logs what it always does
            "RATE_LIMIT_SCALE": "1000000",  # a few people do here what thousands do in life
        }


def _migrations() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "posts_project").glob("*/migrations/0*.py"))


def django(variables: Mapping[str, str], *command: str) -> None:
    """:raises StackError: the command has failed."""
    if code := call_django(variables, *command):
        raise StackError(f"{command[0]} has failed (exit code {code}).")


def call_django(variables: Mapping[str, str], *command: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "django", *command], cwd=ROOT, env={**os.environ, **variables}
    ).returncode


def _administrator(server: Postgres) -> psycopg.Connection[Any]:
    address = urlsplit(server.url)._replace(path="/postgres").geturl()
    return psycopg.connect(address, autocommit=True)
