"""What five hundred clients of the stream cost one process of Posts, and those who ask for something beside them.

    .venv/bin/python -m benchmarks.stream [--clients 500] [--calls 1000]

Starts a stack of its own on free ports, Posts with one process. Each person has five clients, as many as may be, and
follows one author, whose posts so come to all of them. A call is a home timeline, one after the other.
"""

import argparse
import selectors
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.load import percentile
from benchmarks.options import at_least
from benchmarks.progress import Steps
from benchmarks.report import Figure, Report
from shared.public_api import Person, PublicApi
from tools.devstack.stack import Stack

PASSWORD = "seven quiet otters paint"
CLIENTS_EACH = 5
SETTINGS = {"RATE_LIMIT_SCALE": "1000000", "GRANIAN_WORKERS": "1"}
IDLE_SECONDS = 20
POSTS = 5
GIVE_UP_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__)
    parser.add_argument("--clients", type=at_least(5), default=500, metavar="N", help="at most 500 (%(default)s)")
    parser.add_argument("--calls", type=at_least(100), default=1_000, metavar="N", help="of each kind (%(default)s)")
    options, report = parser.parse_args(), Report()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack.on_free_ports(Path(folder), settings=SETTINGS) as stack,
        Steps() as steps,
    ):
        api = PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url)
        author, *people = [
            Person(api=api, username=f"person_{number}", password=PASSWORD)
            for number in range(options.clients // CLIENTS_EACH + 1)
        ]
        for person in steps.each("sign up", [author, *people]):
            person.sign_up()
        for person in steps.each("follow", people):
            person.call("PUT", f"/api/v1/profiles/{author.username}/follow").expect(200)
        report.add(*_measure(stack, author, people, options.calls, steps))
    return int(report.is_missed)


def _measure(stack: Stack, author: Person, people: list[Person], calls: int, steps: Steps) -> Iterator[Figure]:
    process = _only_process(stack)
    for _ in steps.each("warm up", range(calls // 4)):
        _call(author)
    alone = [_call(author) for _ in steps.each("calls alone", range(calls))]
    before = process.memory_info().rss, process.num_fds()
    clients = _open_all(stack, people, steps)
    during = process.memory_info().rss, process.num_fds()
    idle = _cpu_of_idling(process)
    beside = [_call(author) for _ in steps.each("calls beside", range(calls))]
    lags = [_lag(author, clients) for _ in steps.each("posts", range(POSTS))]
    for client in clients:
        client.close()
    yield _figure("memory of the process before", [before[0] / 2**20], "MB")
    yield _figure("  with all clients", [during[0] / 2**20], "MB")
    yield _figure("  more, a client", [(during[0] - before[0]) / len(clients) / 2**10], "kB")
    yield _figure("file handles more, a client", [(during[1] - before[1]) / len(clients)], "", digits=2)
    yield _figure("share of one core that idle clients take", [idle * 100], "%", digits=1)
    yield _figure("home timeline: p50 alone", [statistics.median(alone)], "ms", digits=2)
    yield _figure("  p50 beside the clients", [statistics.median(beside)], "ms", digits=2)
    yield _figure("  p99 alone", [percentile(alone, 99)], "ms", digits=2)
    yield _figure("  p99 beside the clients", [percentile(beside, 99)], "ms", digits=2)
    yield _figure(f"a post reaches the last of {len(clients)} clients, from its answer", lags, "ms", digits=0)


def _figure(what: str, rounds: list[float], unit: str, digits: int = 1) -> Figure:
    return Figure(target="S1", what=what, rounds=rounds, unit=unit, digits=digits)


def _only_process(stack: Stack) -> psutil.Process:
    server = stack.children["posts"].process
    assert server is not None
    [worker] = [
        child for child in psutil.Process(server.pid).children() if "resource_tracker" not in str(child.cmdline())
    ]
    return worker


def _call(person: Person) -> float:
    """In milliseconds."""
    started = time.perf_counter()
    person.call("GET", "/api/v1/timelines/home").expect(200)
    return (time.perf_counter() - started) * 1_000


def _open_all(stack: Stack, people: list[Person], steps: Steps) -> list[socket.socket]:
    clients = []
    for person in steps.each("open", people):
        person.call("GET", "/api/v1/timelines/home").expect(200)  # renews a token that has run out meanwhile
        clients += [_open(stack, person) for _ in range(CLIENTS_EACH)]
    return clients


def _open(stack: Stack, person: Person) -> socket.socket:
    origin = urlsplit(stack.posts_url)
    assert origin.hostname
    assert origin.port
    client = socket.create_connection((origin.hostname, origin.port), timeout=GIVE_UP_SECONDS)
    head = ("GET /api/v1/stream HTTP/1.1", f"Host: {origin.netloc}", f"Authorization: Bearer {person.access}", "", "")
    client.sendall("\r\n".join(head).encode())
    answer = b""
    while b"retry:" not in answer:
        chunk = client.recv(65_536)
        assert chunk, answer
        answer += chunk
    return client


def _cpu_of_idling(process: psutil.Process) -> float:
    before = sum(process.cpu_times()[:2])
    time.sleep(IDLE_SECONDS)
    return (sum(process.cpu_times()[:2]) - before) / IDLE_SECONDS


def _lag(author: Person, clients: list[socket.socket]) -> float:
    """Milliseconds from the answer to the author to the arrival at the last client."""
    post = author.call("POST", "/api/v1/posts", {"text": "Hello"}).expect(201).body["id"].encode()
    answered_at = time.perf_counter()
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        while waiting.get_map():
            assert time.perf_counter() - answered_at < GIVE_UP_SECONDS, "it never came"
            for key, _ in waiting.select(timeout=1):
                if b"id: " + post in key.fileobj.recv(65_536):  # type: ignore[union-attr]
                    waiting.unregister(key.fileobj)
    return (time.perf_counter() - answered_at) * 1_000


if __name__ == "__main__":
    sys.exit(main())
