"""MongoDB as in production: three servers on loopback, one of which takes the writes."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tools.devstack.mongo import DATABASE, REPLICA_SET, Client, Mongo
from tools.devstack.ports import LOOPBACK
from tools.devstack.processes import stop_all

NODES = 3
# A primary that says nothing for two seconds is replaced, and whoever is elected waits no longer for one that keeps
# silent (MongoDB's defaults are ten seconds for either, and no end to the last). See docs/deployment.md.
SETTINGS = {"electionTimeoutMillis": 2_000, "heartbeatTimeoutSecs": 2, "catchUpTimeoutMillis": 2_000}
READY_SECONDS = 120


class ReplicaSet:
    """`with ReplicaSet(folder) as mongo:` `mongo.url` leads to it. To be used in one thread (see Child)."""

    def __init__(self, folder: Path) -> None:
        self._nodes = [Mongo(folder / f"mongo-{number}") for number in range(NODES)]

    def __enter__(self) -> Self:
        try:
            for node in self._nodes:
                node.launch()
            self._nodes[0].child.wait_until(self._initiate, seconds=READY_SECONDS)
            self.wait_until_whole()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        stop_all([node.child for node in self._nodes], seconds=10)

    @property
    def url(self) -> str:
        addresses = ",".join(f"{LOOPBACK}:{node.port}" for node in self._nodes)
        return f"mongodb://{addresses}/{DATABASE}?replicaSet={REPLICA_SET}"

    def primary(self) -> Mongo:
        """Return the server that takes writes, once there is one."""
        ends_at = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends_at:
            for node in self._nodes:
                if _role(node) == "PRIMARY":
                    return node
            time.sleep(0.1)
        raise TimeoutError("no primary was elected")

    def secondaries(self) -> list[Mongo]:
        primary = self.primary()
        return [node for node in self._nodes if node is not primary]

    def wait_until_whole(self) -> None:
        """One primary, and all others follow it."""
        ends_at = time.monotonic() + READY_SECONDS
        while sorted(roles := list(map(_role, self._nodes))) != ["PRIMARY", *["SECONDARY"] * (NODES - 1)]:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"the replica set is not whole again:\n{self._said(roles)}")
            time.sleep(0.1)

    def kill(self, node: Mongo) -> None:
        assert node.child.process is not None
        node.child.process.kill()
        stop_all([node.child], seconds=5)

    def start(self, node: Mongo) -> None:
        node.launch()

    @contextmanager
    def frozen(self, nodes: list[Mongo]) -> Iterator[None]:
        """They are alive and say nothing."""
        for node in nodes:
            _signal(node, signal.SIGSTOP)
        try:
            yield
        finally:
            for node in nodes:
                _signal(node, signal.SIGCONT)

    def _said(self, roles: list[str]) -> str:
        said = zip(roles, (node.child.last_lines() for node in self._nodes), strict=True)
        return "\n".join(f"{role or 'says nothing'}\n{lines}" for role, lines in said)

    def _initiate(self) -> bool:
        members = [{"_id": number, "host": f"{LOOPBACK}:{node.port}"} for number, node in enumerate(self._nodes)]
        config = {"_id": REPLICA_SET, "members": members, "settings": SETTINGS}
        try:
            with _client(self._nodes[0]) as client:
                client.admin.command("replSetInitiate", config)
        except PyMongoError:
            return False  # not all of them listen yet
        return True


def _role(node: Mongo) -> str:
    """`PRIMARY`, `SECONDARY`, or whatever else it says of itself; empty where it says nothing."""
    if not node.child.is_running():
        return ""
    with suppress(PyMongoError), _client(node) as client:
        status = client.admin.command("replSetGetStatus")
        return next(str(member["stateStr"]) for member in status["members"] if member.get("self"))
    return ""


def _client(node: Mongo) -> Client:
    return MongoClient(
        LOOPBACK, node.port, directConnection=True, serverSelectionTimeoutMS=1_000, socketTimeoutMS=2_000
    )


def _signal(node: Mongo, number: signal.Signals) -> None:
    assert node.child.process is not None
    with suppress(ProcessLookupError):
        os.kill(node.child.process.pid, number)
