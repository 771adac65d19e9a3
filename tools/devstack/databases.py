"""Both databases, started in parallel: from the environment, else embedded, else from PATH."""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tools.devstack import mongo, postgres
from tools.devstack.environment import Addresses
from tools.devstack.errors import StackError
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres
from tools.devstack.processes import Child, stop_all


class Databases:
    """`with Databases(folder, environ=os.environ) as databases:` `databases.mongodb_url`, `databases.postgres_url`.

    A URL in `environ` (MONGODB_URL, POSTGRES_URL) is used as it is; a server is started for each that is not there.
    """

    def __init__(self, folder: Path, *, environ: Mapping[str, str], durable: bool = True) -> None:
        self.folder = folder
        self.mongodb_url = environ.get("MONGODB_URL", "")
        self.postgres_url = environ.get("POSTGRES_URL", "")
        self.mongo = None if self.mongodb_url else Mongo(folder / "mongo", durable=durable)
        self.postgres = None if self.postgres_url else Postgres(folder / "postgres", durable=durable)

    def start(self) -> None:
        """Return when both have answered a real command.

        The servers are launched in the calling thread, which must live as long as they do (see Child).
        """
        with ThreadPoolExecutor(max_workers=1) as side:
            try:
                if self.mongo:
                    self.mongo.launch()
                mongo_is_ready = side.submit(self._wait_for_mongo)
                self._start_postgres()
                mongo_is_ready.result()
            except BaseException:
                self.stop()
                raise

    def stop(self, *, seconds: float = 10) -> None:
        stop_all(self.children, seconds=seconds)

    def addresses(self, *, auth_port: int, posts_port: int) -> Addresses:
        return Addresses(
            mongodb_url=self.mongodb_url, postgres_url=self.postgres_url, auth_port=auth_port, posts_port=posts_port
        )

    @property
    def servers(self) -> list[Mongo | Postgres]:
        """Those that were started here."""
        return [server for server in (self.mongo, self.postgres) if server]

    @property
    def children(self) -> list[Child]:
        return [server.child for server in self.servers]

    def ended(self) -> list[Mongo | Postgres]:
        return [server for server in self.servers if not server.child.is_running()]

    def start_again(self, server: Mongo | Postgres) -> None:
        """Return when a server that has ended answers at its old address.

        :raises StackError: it does not start, or the address is somebody else's now.
        """
        url = server.url
        server.launch()
        server.wait_until_ready()
        if server.url != url:
            raise StackError(f"the port of {server.child.name} was taken while it was away: start the stack again.")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _wait_for_mongo(self) -> None:
        if self.mongo:
            self.mongo.wait_until_ready()
            self.mongodb_url = self.mongo.url
        else:
            mongo.ping(self.mongodb_url)

    def _start_postgres(self) -> None:
        if self.postgres:
            self.postgres.launch()
            self.postgres.wait_until_ready()
            self.postgres_url = self.postgres.url
        else:
            postgres.ping(self.postgres_url)


@contextmanager
def throw_away_databases(*, environ: Mapping[str, str]) -> Iterator[Databases]:
    """Databases for one test run: fast instead of durable, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="devstack-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user than root
        with Databases(Path(folder), environ=environ, durable=False) as databases:
            yield databases
