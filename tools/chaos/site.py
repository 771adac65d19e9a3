"""The stack of the development with a second process of Posts, and the means to hurt it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from pymongo import MongoClient

from tools import proc
from tools.chaos.proxy import Proxy
from tools.chaos.replica_set import ReplicaSet
from tools.devstack import ports
from tools.devstack.errors import StackError
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres
from tools.devstack.processes import Child, stop_all
from tools.devstack.stack import ROOT, Stack

# As in production, where the stack of a developer does not wait; and no limit is what is looked at here.
SETTINGS = {"DRAIN_SECONDS": "3", "RATE_LIMIT_SCALE": "1000000", "LOG_LEVEL": "WARNING"}
SMALL_DISK_MEGABYTES = 400


@dataclass(frozen=True, kw_only=True)
class Use:
    """Of memory and threads, by all processes of one name."""

    megabytes: float
    threads: int


class Site:
    """`with Site(folder) as site:` two of Posts answer, `posts` and `posts-2`, and one of Auth.

    Between the services, and before Auth, is a network that can be spoilt: `to_auth`, `to_posts`, `entry`.

    :param three_nodes: MongoDB is a replica set of three, `replica_set`.
    :param small_disk: PostgreSQL has a file system of its own in memory, which can be filled; only root can make one.
    :param settings: environment variables of all processes, beside `SETTINGS`.
    :param modules: of a service, the settings module in the place of its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        three_nodes: bool = False,
        small_disk: bool = False,
        settings: Mapping[str, str] | None = None,
        modules: Mapping[str, str] | None = None,
    ) -> None:
        auth_port, posts_port, self._second_port = ports.free_port(), ports.free_port(), ports.free_port()
        self.to_auth, self.to_posts, self.entry = Proxy(auth_port), Proxy(posts_port), Proxy(auth_port)
        self._nodes = ReplicaSet(folder) if three_nodes else None
        self._disk = _small_disk(folder / "postgres") if small_disk else nullcontext()
        between = {"AUTH_BASE_URL": self.to_auth.url, "POSTS_BASE_URL": self.to_posts.url}
        # Another stack on the same databases would answer with its keys and deliver its events.
        self._stack_with = partial(
            Stack, data_dir=folder, auth_port=auth_port, posts_port=posts_port, modules=modules, own_databases=True
        )
        self._settings = SETTINGS | between | dict(settings or {})
        self._cleanup = ExitStack()
        self.auth_url, posts_url = f"http://{ports.LOOPBACK}:{auth_port}", f"http://{ports.LOOPBACK}:{posts_port}"
        self.posts_urls = [posts_url, f"http://{ports.LOOPBACK}:{self._second_port}"]

    def __enter__(self) -> Self:
        with ExitStack() as cleanup:
            for proxy in (self.to_auth, self.to_posts, self.entry):
                cleanup.enter_context(proxy)
            cleanup.enter_context(self._disk)
            if self._nodes:
                cleanup.enter_context(self._nodes)
                self._settings |= {"MONGODB_URL": self._nodes.url}
            self.stack = cleanup.enter_context(self._stack_with(settings=self._settings))
            self.stack.add("posts-2", port=self._second_port)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._cleanup.close()

    def restart(self, name: str, *, by: signal.Signals) -> float:
        """Send a signal to a service or worker and start it again when it has ended; return the seconds of its end."""
        child, asked_at = self.stack.children[name], time.monotonic()
        assert child.process is not None
        child.process.send_signal(by)
        child.process.wait()
        took = time.monotonic() - asked_at
        stop_all([child], seconds=0)  # whatever it left behind
        self.stack.start(name)
        return took

    def kill(self, name: str) -> None:
        """All processes of a service or worker, which stays away until it is started."""
        stop_all([self.stack.children[name]], seconds=0)

    def kill_one_process(self, name: str) -> None:
        """One of those that answer; granian puts another in its place."""
        os.kill(_children_of(self.stack.children[name])[0], signal.SIGKILL)

    def use(self, name: str) -> Use:
        """What those processes of a service or worker take that answer."""
        answering = _children_of(self.stack.children[name])
        return Use(megabytes=sum(map(proc.resident_megabytes, answering)), threads=sum(map(proc.threads, answering)))

    @contextmanager
    def frozen(self, child: Child) -> Iterator[None]:
        """Its processes are alive and say nothing."""
        assert child.process is not None
        pids = [child.process.pid, *_children_of(child)]
        _tell(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _tell(pids, signal.SIGCONT)

    def kill_database(self, server: Mongo | Postgres) -> None:
        """All of its processes at once, and start it again."""
        child = server.child
        assert child.process is not None
        _tell([child.process.pid, *_children_of(child)], signal.SIGKILL)
        stop_all([child], seconds=5)
        self.stack.databases.start_again(server)

    def start_again_if_ended(self, server: Mongo | Postgres) -> None:
        if not server.child.is_running():
            stop_all([server.child], seconds=5)
            self.stack.databases.start_again(server)

    @property
    def postgres(self) -> Postgres:
        assert self.stack.databases.postgres is not None
        return self.stack.databases.postgres

    @property
    def mongo(self) -> Mongo:
        assert self.stack.databases.mongo is not None
        return self.stack.databases.mongo

    @property
    def replica_set(self) -> ReplicaSet:
        assert self._nodes is not None
        return self._nodes

    def manage(self, service: str, *arguments: str) -> None:
        """A command as an operator types it. :raises StackError: it failed."""
        command = [sys.executable, f"manage_{service}.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | self.stack.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise StackError(f"manage_{service}.py {' '.join(arguments)}: {done.stderr.strip()}")

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.stack.databases.postgres_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def users(self) -> list[str]:
        """Every username that Auth has, as often as it has it."""
        with MongoClient[dict[str, str]](self.stack.databases.mongodb_url) as client:
            return [user["username"] for user in client.get_default_database()["users"].find({}, {"username": 1})]

    def events_waiting(self) -> int:
        with MongoClient[dict[str, str]](self.stack.databases.mongodb_url) as client:
            return client.get_default_database()["outbox"].count_documents({"status": "pending"})


def wait_until(is_so: Callable[[], object], *, seconds: float) -> bool:
    """Whether it became so in that time."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.2)
    return True


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """:raises StackError: the system does not let us mount one."""
    folder.mkdir(parents=True)
    options = f"size={SMALL_DISK_MEGABYTES}m,mode=0711"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        raise StackError(f"a full disk needs a small one, which root can mount: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _tell(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has followed its parent
            os.kill(pid, number)


def _children_of(child: Child) -> list[int]:
    assert child.process is not None
    return proc.children(child.process.pid)
