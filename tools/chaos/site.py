"""The stack of the development with a second process of Posts, and the means to hurt it."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from pymongo import MongoClient

from tools.devstack import ports
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres
from tools.devstack.processes import Child, stop_all
from tools.devstack.stack import Stack

# As in production, where the stack of a developer does not wait; and no limit is what is looked at here.
SETTINGS = {"DRAIN_SECONDS": "3", "RATE_LIMIT_SCALE": "1000000", "LOG_LEVEL": "WARNING"}
READY_SECONDS = 30


class Site:
    """`with Site(folder) as site:` two of Posts answer, `posts` and `posts-2`, and one of Auth."""

    def __init__(self, folder: Path) -> None:
        # Another stack on the same databases would answer with its keys and deliver its events.
        self.stack = Stack.on_free_ports(folder, settings=SETTINGS, own_databases=True)
        self._second_port = ports.free_port()
        self.posts_urls = [self.stack.posts_url, f"http://{ports.LOOPBACK}:{self._second_port}"]
        self.auth_url = self.stack.auth_url

    def __enter__(self) -> Self:
        self.stack.__enter__()
        try:
            self.stack.add("posts-2", port=self._second_port)
        except BaseException:
            self.stack.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stack.__exit__(kind, error, at)

    def restart(self, name: str, *, by: signal.Signals) -> float:
        """Send a signal to a service and start it again when it has ended; return the seconds that its end took."""
        child, asked_at = self.stack.children[name], time.monotonic()
        assert child.process is not None
        child.process.send_signal(by)
        child.process.wait()
        took = time.monotonic() - asked_at
        stop_all([child], seconds=0)  # whatever it left behind
        self.stack.start(name)
        return took

    def kill_one_process(self, name: str) -> None:
        """One of those that answer; granian puts another in its place."""
        os.kill(_children_of(self.stack.children[name])[0], signal.SIGKILL)

    def kill_database(self, server: Mongo | Postgres) -> None:
        """All of its processes at once, and start it again."""
        child = server.child
        assert child.process is not None
        for pid in [child.process.pid, *_children_of(child)]:
            with suppress(ProcessLookupError):  # it has followed its parent
                os.kill(pid, signal.SIGKILL)
        stop_all([child], seconds=5)
        self.stack.databases.start_again(server)

    @property
    def postgres(self) -> Postgres:
        assert self.stack.databases.postgres is not None
        return self.stack.databases.postgres

    @property
    def mongo(self) -> Mongo:
        assert self.stack.databases.mongo is not None
        return self.stack.databases.mongo

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.stack.databases.postgres_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def users(self) -> list[str]:
        """Every username that Auth has, as often as it has it."""
        with MongoClient[dict[str, str]](self.stack.databases.mongodb_url) as client:
            return [user["username"] for user in client.get_default_database()["users"].find({}, {"username": 1})]


def _children_of(child: Child) -> list[int]:
    assert child.process is not None
    pid = child.process.pid
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
