"""Both servers, for real. Most tests use one data folder after the other, which must survive all of them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from pymongo import MongoClient

from tests.devstack.conftest import commands_with
from tools.devstack import ports
from tools.devstack.databases import Databases, throw_away_databases
from tools.devstack.errors import StackError
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def add_row(databases: Databases) -> list[int]:
    """Add one row on each side, in a transaction; return how many there are now."""
    with psycopg.connect(databases.postgres_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        (rows,) = connection.execute("SELECT count(*) FROM kept").fetchone() or (0,)
    with MongoClient(databases.mongodb_url) as client:
        kept = client.get_default_database()["kept"]
        with client.start_session() as session, session.start_transaction():
            kept.insert_one({}, session=session)
        return [rows, kept.count_documents({})]


def one_more(rows: list[int]) -> list[int]:
    return [count + 1 for count in rows]


def test_a_first_start_and_a_restart_answer_soon_and_keep_data_and_addresses(tmp_path: Path) -> None:
    started_at = time.monotonic()

    with Databases(tmp_path, environ={}) as first:
        seconds = time.monotonic() - started_at
        assert add_row(first) == [1, 1]
    with Databases(tmp_path, environ={}) as second:
        assert add_row(second) == [2, 2]

    assert (second.mongodb_url, second.postgres_url) == (first.mongodb_url, first.postgres_url)
    assert commands_with(str(tmp_path)) == []
    assert seconds < 10  # about one second; five on a busy machine


def test_data_survives_the_death_of_both_servers(data_dir: Path) -> None:
    with Databases(data_dir, environ={}) as databases:
        before = add_row(databases)
        for child in databases.children:
            assert child.process
            os.kill(child.process.pid, signal.SIGKILL)

    with Databases(data_dir, environ={}) as databases:
        assert add_row(databases) == one_more(before)


def test_both_move_where_their_ports_are_taken(data_dir: Path) -> None:
    with Databases(data_dir, environ={}) as databases:
        before = add_row(databases)
    taken = [int((data_dir / name / "port").read_text()) for name in ("mongo", "postgres")]
    strangers = [socket.create_server((ports.LOOPBACK, port)) for port in taken]
    for stranger in strangers:
        threading.Thread(target=_hang_up_on_everybody, args=[stranger], daemon=True).start()

    with Databases(data_dir, environ={}) as databases:
        assert add_row(databases) == one_more(before)
        assert not {urlsplit(url).port for url in (databases.mongodb_url, databases.postgres_url)} & set(taken)

    for stranger in strangers:
        stranger.close()


def test_servers_end_with_a_killed_stack_and_the_next_start_waits_for_them(data_dir: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tools.devstack.databases import Databases\n"
        "Databases(Path(sys.argv[1]), environ={}).start(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(data_dir)], env={**os.environ, "PYTHONPATH": str(ROOT)})

    with Databases(data_dir, environ={}) as databases:
        add_row(databases)

    assert killed.returncode == -signal.SIGKILL
    assert commands_with(str(data_dir)) == []


def test_an_incomplete_postgres_folder_is_reported_and_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "postgres" / "data" / "base" / "1"
    precious.mkdir(parents=True)

    with pytest.raises(StackError, match=r"not a complete PostgreSQL data folder \(global/pg_control is missing\)"):
        Databases(tmp_path, environ={}).start()

    assert precious.exists()
    assert commands_with(str(tmp_path)) == []


def test_a_damaged_mongo_folder_is_reported_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "mongo" / "data"
    data.mkdir(parents=True)
    (data / "storage.bson").touch()  # a start that was killed in the middle of its first write

    with pytest.raises(StackError, match=r"MongoDB ended by itself (.|\n)*storage.bson cannot be empty"):
        Databases(tmp_path, environ={}).start()

    assert [path.name for path in data.glob("*.bson")] == ["storage.bson"]
    assert commands_with(str(tmp_path)) == []


def test_an_interrupted_initdb_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data.unfinished" / "base").mkdir(parents=True)
    postgres = Postgres(tmp_path / "postgres", durable=False)

    postgres.launch()
    postgres.wait_until_ready()
    postgres.stop()

    assert [path.name for path in (tmp_path / "postgres").glob("data*")] == ["data"]
    assert (tmp_path / "postgres" / "password").stat().st_mode & 0o777 == 0o600


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    """The loader's own words: a small program is made to need a library that nobody has."""
    program = tmp_path / "mongod"
    program.write_bytes(Path("/bin/true").read_bytes().replace(b"libc.so.6", b"libq.so.6"))
    program.chmod(0o755)
    server = Mongo(tmp_path / "mongo", mongod=program)

    server.launch()
    with pytest.raises(
        StackError, match=r"MongoDB needs the shared library libq\.so\.6, which this system does not have"
    ):
        server.wait_until_ready()


def test_without_any_server_the_ways_out_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StackError, match=r"No mongod found: .* set MONGODB_URL .* `docker compose up`"):
        Databases(tmp_path, environ={})


def test_a_server_on_path_is_used_where_there_is_no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mongod").touch(mode=0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Mongo(tmp_path).mongod == tmp_path / "mongod"


def test_servers_named_in_the_environment_are_used(databases: Databases, tmp_path: Path) -> None:
    urls = {"MONGODB_URL": databases.mongodb_url, "POSTGRES_URL": databases.postgres_url}

    with Databases(tmp_path, environ=urls) as others:
        assert others.children == []
        assert (others.mongodb_url, others.postgres_url) == (databases.mongodb_url, databases.postgres_url)


def test_a_named_server_that_does_not_answer_is_reported(databases: Databases, tmp_path: Path) -> None:
    nobody = f"postgresql://posts:secret@127.0.0.1:{ports.free_port()}/posts"
    urls = {"MONGODB_URL": databases.mongodb_url, "POSTGRES_URL": nobody}

    with pytest.raises(StackError, match="POSTGRES_URL is set, but that server does not answer") as report:
        Databases(tmp_path, environ=urls).start()

    assert "secret" not in str(report.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_root_without_user_namespaces_runs_postgres_as_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as only_setpriv:
        for program in ("setpriv", "test"):
            Path(only_setpriv, program).symlink_to(f"/usr/bin/{program}")
        monkeypatch.setenv("PATH", only_setpriv)

        with throw_away_databases(environ={}) as databases:
            assert add_row(databases) == [1, 1]
            assert (databases.folder / "postgres" / "data").stat().st_uid == 1000

    assert not databases.folder.exists()


def _hang_up_on_everybody(server: socket.socket) -> None:
    while server.fileno() != -1:
        try:
            server.accept()[0].close()
        except OSError:
            return
