"""A real server in a process of its own, which is asked to leave while it answers."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tools.devstack import ports

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


class Served:
    def __init__(self, **environ: str) -> None:
        self.port = ports.free_port()
        options = ["--interface", "wsgi", "--port", str(self.port), "--log-level", "error", "--workers", f"{WORKERS}"]
        command = [sys.executable, "-m", "shared.serving", *options, "tests.shared.slow_app:application"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environ,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def kill(self) -> None:
        """With the processes that answer: killed alone it would leave them behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def wait_until_it_answers(self) -> None:
        for _ in range(200):
            with suppress(OSError):
                self.ask()
                return
            time.sleep(0.05)
        raise AssertionError("it does not answer")

    def processes(self) -> set[str]:
        """Both, of which one may still be starting while the other answers."""
        found = set[str]()
        deadline = time.monotonic() + 15
        while len(found) < WORKERS:
            assert time.monotonic() < deadline, "only one answers"
            found.add(self.ask()[0])
        return found

    def ask(self, seconds: float = 0) -> list[str]:
        """The process that answered, and what it was told."""
        with closing(http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=10)) as connection:
            connection.request("GET", f"/?{seconds}")
            return connection.getresponse().read().decode().split()


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served(DRAIN_SECONDS="0.6")
    try:
        served.wait_until_it_answers()
        yield served
    finally:
        served.kill()


def test_whoever_leaves_says_so_answers_on_for_a_while_and_finishes(served: Served):
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(served.ask, 1.2)
        time.sleep(0.2)
        served.process.send_signal(signal.SIGTERM)
        asked_at = time.monotonic()
        time.sleep(0.1)

        assert served.ask()[1:] == ["stopping"]
        assert under_way.result()[0].isdecimal()
        assert served.process.wait(timeout=5) == 0
        assert 0.6 <= time.monotonic() - asked_at < 3

    with pytest.raises(ConnectionRefusedError):
        served.ask()


def test_new_processes_take_over_one_after_the_other(served: Served):
    first = served.processes()
    served.process.send_signal(signal.SIGHUP)
    answers = []
    deadline = time.monotonic() + 15
    while not answers or answers[-1][0] in first or len(answers[-1]) > 1:
        assert time.monotonic() < deadline
        answers.append(served.ask())
        time.sleep(0.05)

    assert {tuple(told) for pid, *told in answers if pid in first} <= {("replaced",), ()}
    assert {tuple(told) for pid, *told in answers if pid not in first} == {()}
    assert served.process.poll() is None


def test_held_requests_have_threads_of_their_own_and_end_when_told():
    """One thread answers in each process."""
    served = Served(DRAIN_SECONDS="0.6", GRANIAN_BLOCKING_THREADS="1", HELD_REQUESTS="3")
    try:
        served.wait_until_it_answers()
        with ExitStack() as held:
            for _ in range(3):
                client = held.enter_context(socket.create_connection((ports.LOOPBACK, served.port), timeout=5))
                client.sendall(b"GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b"open" in _received(client, b"open")

            assert all(served.ask() for _ in range(10))
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(timeout=5) == 0
    finally:
        served.kill()


def _received(client: socket.socket, until: bytes) -> bytes:
    received = b""
    while until not in received and (chunk := client.recv(1_024)):
        received += chunk
    return received


@pytest.mark.parametrize("value", ["soon", "-1", "9", "nan"])
def test_a_time_that_is_none_is_refused_by_name(value: str):
    served = Served(DRAIN_SECONDS=value)

    _, said = served.process.communicate(timeout=20)

    assert served.process.returncode == 1
    assert said == "error: DRAIN_SECONDS: must be a number of seconds from 0 to 8\n"


HIDDEN = b"GET /?0 HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST /?0 HTTP/1.1\r\nHost: x\r\n"
# Requests of which two readers may find two different ends, with another one behind the end that one of them finds.
AMBIGUOUS = [
    START + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    START + b"Content-Length: 0\r\nContent-Length: 33\r\n\r\n" + HIDDEN,
    START + b"Content-Length: +5\r\n\r\n0\r\n\r\n" + HIDDEN,
    START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    START + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    START + b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    START + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n" + HIDDEN,
    b"GET /?0 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n" + HIDDEN,
]


@pytest.mark.asvs("4.2.1")
def test_a_request_hides_no_other_one(served: Served):
    for request in AMBIGUOUS:
        with closing(socket.create_connection((ports.LOOPBACK, served.port), timeout=10)) as connection:
            connection.sendall(request)
            answers = b"".join(iter(lambda: connection.recv(65_536), b""))

        # One answer at most, and then the connection has ended: what came behind was read by nobody.
        assert answers.count(b"HTTP/1.1 ") == 1, request
