"""`make run` and `make stop` as a developer meets them; the two projects are stubs, the rest is real."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Timer

import pytest

from tests.devstack.conftest import commands_with
from tools.devstack import ports, stack
from tools.devstack.errors import StackError
from tools.devstack.lock import LOCK_FILE
from tools.devstack.processes import running_in
from tools.devstack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
STUB = Path(__file__).with_name("stub_stack.py")


class Terminal:
    """Types devstack commands, all in one DATA_DIR and on one pair of ports."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir, self.auth_port, self.posts_port = data_dir, ports.free_port(), ports.free_port()
        self.opened: list[subprocess.Popen[str]] = []

    def open(self, command: str) -> subprocess.Popen[str]:
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(self.data_dir),
            "AUTH_PORT": str(self.auth_port),
            "POSTS_PORT": str(self.posts_port),
        }
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, STUB, command], env=environ, stdout=pipe, stderr=pipe, text=True)
        self.opened.append(process)
        return process

    def type(self, command: str) -> tuple[int, str, str]:
        """Return the exit code, what was printed, and what was said on stderr."""
        process = self.open(command)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def run_until_ready(self) -> subprocess.Popen[str]:
        process = self.open("run")
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Ready after"):
                return process
        raise AssertionError(process.stderr.read() if process.stderr else "")


@pytest.fixture
def terminal(data_dir: Path) -> Iterator[Terminal]:
    terminal = Terminal(data_dir)
    yield terminal
    for process in terminal.opened:
        process.kill()
        process.communicate()


def nothing_is_left(terminal: Terminal) -> bool:
    both_free = ports.is_free(terminal.auth_port) and ports.is_free(terminal.posts_port)
    return both_free and commands_with(str(terminal.data_dir)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_answers_until_it_is_interrupted(terminal: Terminal, number: signal.Signals) -> None:
    stack = terminal.run_until_ready()
    assert (status(terminal.auth_port), status(terminal.posts_port)) == (200, 200)

    stack.send_signal(number)
    out, err = stack.communicate(timeout=15)

    assert (stack.returncode, out.splitlines()[-1], err) == (0, "Stopped.", "")
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_a_second_start_is_refused_and_make_stop_ends_the_first(terminal: Terminal, data_dir: Path) -> None:
    first = terminal.run_until_ready()

    code, out, err = terminal.type("run")
    assert (code, out) == (1, "")
    assert err == (
        f"error: a stack is running in {data_dir} (process {first.pid}): "
        "stop it with `make stop`, or set DATA_DIR, AUTH_PORT and POSTS_PORT for a second one.\n"
    )
    assert status(terminal.auth_port) == 200

    assert terminal.type("stop") == (0, f"Stopped the stack in {data_dir}.\n", "")
    assert first.wait(timeout=5) == 0
    assert nothing_is_left(terminal)
    assert terminal.type("stop") == (0, f"No stack is running in {data_dir}.\n", "")


@pytest.mark.slow
def test_a_port_in_use_is_named(terminal: Terminal) -> None:
    with socket.create_server((ports.LOOPBACK, terminal.posts_port)):
        code, out, err = terminal.type("run")

    assert (code, out) == (1, "")
    assert err == f"error: port {terminal.posts_port} is in use: set POSTS_PORT to a free one.\n"
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_a_service_that_cannot_start_says_why_below_nothing_of_its_inside(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "ROOT", STUB.with_name("stubs"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(Stack, "_check_ports", lambda _, seconds: None)  # it was free when we looked
    monkeypatch.setenv("RUST_BACKTRACE", "1")
    one = Stack(data_dir=terminal.data_dir, auth_port=terminal.auth_port, posts_port=terminal.posts_port)

    with socket.create_server((ports.LOOPBACK, terminal.posts_port)), pytest.raises(StackError) as told, one:
        pass

    assert "posts ended by itself (exit code 1)" in str(told.value)
    assert str(told.value).endswith("RuntimeError: Address already in use (os error 98)")
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_what_dies_is_named_and_started_again_and_the_rest_goes_on(terminal: Terminal, data_dir: Path) -> None:
    stack = terminal.run_until_ready()

    (data_dir / "worker_dies").touch()
    told = said_until(stack, "is started again in")
    (data_dir / "worker_dies").unlink()

    assert "-worker ended by itself (exit code 1)" in told
    assert "the worker has lost its way" in told
    assert (status(terminal.auth_port), status(terminal.posts_port)) == (200, 200)
    eventually(lambda: len(commands_with("manage_")) >= 2)
    stop(stack)
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_a_service_that_is_killed_comes_back_while_the_other_answers(terminal: Terminal) -> None:
    stack = terminal.run_until_ready()
    port = f"--port {terminal.posts_port}"

    main, worker, _ = sorted(pids_with(port))
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: len(pids_with(port)) == 3 and worker not in pids_with(port))
    assert main in pids_with(port)

    os.kill(main, signal.SIGKILL)
    said_until(stack, "posts is started again in")
    # The kernel lets go of it with the last thread of a process, a moment after the process counts as ended.
    assert ports.wait_until_free(terminal.posts_port, seconds=1)
    assert status(terminal.auth_port) == 200
    eventually(lambda: status(terminal.posts_port) == 200)

    stop(stack)
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_a_database_that_is_killed_is_started_again_at_its_address(terminal: Terminal, data_dir: Path) -> None:
    stack = terminal.run_until_ready()
    addresses = (data_dir / "stack.env").read_text()
    folders = [str(data_dir / "mongo" / "data"), str(data_dir / "postgres" / "data")]

    for name, folder in zip(("MongoDB", "PostgreSQL"), folders, strict=True):
        server = min(running_in(Path(folder)))
        os.kill(server, signal.SIGKILL)
        assert f"{name} ended by itself (signal 9)" in said_until(stack, "It is started again")
        eventually(lambda folder=folder, killed=server: set(running_in(Path(folder))) - {killed})

    assert (data_dir / "stack.env").read_text() == addresses
    assert (status(terminal.auth_port), status(terminal.posts_port)) == (200, 200)
    stop(stack)
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_a_killed_stack_leaves_nothing_and_starts_again(terminal: Terminal) -> None:
    killed = terminal.run_until_ready()
    killed.kill()
    killed.wait()

    again = terminal.run_until_ready()
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=15)

    assert again.returncode == 0
    assert nothing_is_left(terminal)


@pytest.mark.slow
def test_what_a_killed_stack_still_holds_is_waited_for(terminal: Terminal, data_dir: Path) -> None:
    (data_dir / LOCK_FILE).write_text("1\n")  # which a clean end would have taken out
    holder = socket.create_server((ports.LOOPBACK, terminal.posts_port))
    Timer(2, holder.close).start()

    stop(terminal.run_until_ready())


@pytest.mark.slow
def test_single_processes_stop_and_start(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "ROOT", STUB.with_name("stubs"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    with Stack(data_dir=terminal.data_dir, auth_port=terminal.auth_port, posts_port=terminal.posts_port) as running:
        running.stop("posts")
        assert ports.is_free(terminal.posts_port)
        assert status(terminal.auth_port) == 200

        running.start("posts")
        running.start("posts")  # once more changes nothing
        assert status(terminal.posts_port) == 200

    assert nothing_is_left(terminal)


def stop(stack: subprocess.Popen[str]) -> None:
    stack.send_signal(signal.SIGINT)
    out, err = stack.communicate(timeout=20)
    assert (stack.returncode, out.splitlines()[-1], err) == (0, "Stopped.", "")


def said_until(stack: subprocess.Popen[str], words: str) -> str:
    """What it prints, up to the line with those words."""
    told = ""
    assert stack.stdout
    for line in stack.stdout:
        told += line
        if words in line:
            return told
    raise AssertionError(told)


def eventually(holds: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def pids_with(text: str) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if text in command_of(int(entry.name))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def status(port: int) -> int:
    with closing(http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().status
