"""The client of the measurements, against a server that says what it is asked to."""

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.callers import request
from benchmarks.load import Client

ANSWERS = {"/good": (200, b"x" * 100_000), "/nothing": (204, b""), "/bad": (400, b"what was wrong")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, body = ANSWERS.get(self.path, (200, b"last words"))
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/last"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """`closed` is released for every connection that it has closed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.closed = threading.Semaphore(0)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.server_port, 2) as client:
        yield client


def test_every_request_is_answered_once(client: Client) -> None:
    requests = [request("GET", "/good"), request("GET", "/nothing"), request("POST", "/good", body={"a": 1})]

    load = client.run(iter(requests), seconds=30)

    assert (len(load.latencies), dict(load.failures)) == (3, {})
    assert 0 < load.p50 <= load.p99 <= load.seconds * 1_000


def test_a_failure_is_counted_and_shown(client: Client) -> None:
    load = client.run(iter([request("GET", "/bad"), request("GET", "/good")]), seconds=30)

    assert dict(load.failures) == {400: 1}
    assert load.example.endswith("what was wrong")


def test_it_ends_when_its_time_is_over(client: Client) -> None:
    load = client.run(itertools.repeat(request("GET", "/nothing")), seconds=0.1)

    assert 0.1 <= load.seconds < 5
    assert load.rate == len(load.latencies) / load.seconds


def test_a_connection_that_the_server_has_closed_is_opened_anew(client: Client, server: Server) -> None:
    for _ in range(3):
        assert len(client.run(iter([request("GET", "/last")] * 2), seconds=30).latencies) == 2
        assert all(server.closed.acquire(timeout=30) for _ in range(2))
