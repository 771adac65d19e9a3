"""The network that `make chaos` spoils: each toxic on real connections."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.chaos.proxy import Proxy, Toxic
from tools.devstack.ports import LOOPBACK


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    heard: list[str] = []

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        with suppress(BrokenPipeError):  # whoever was cut off does not wait for the answer
            self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        """Nobody wants to read it."""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    Echo.heard.clear()
    with ThreadingHTTPServer((LOOPBACK, 0), Echo) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        with Proxy(server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()
        serving.join()


def ask(proxy: Proxy, *, timeout: float = 5) -> tuple[bytes, float]:
    """The answer, and the seconds that it took."""
    started = time.monotonic()
    with closing(http.client.HTTPConnection(LOOPBACK, proxy.port, timeout=timeout)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read(), time.monotonic() - started


def test_without_a_toxic_all_passes(proxy):
    assert ask(proxy)[0] == b"here"


def test_a_delay_comes_before_the_answer(proxy):
    proxy.toxic = Toxic(delay=0.3)

    answer, seconds = ask(proxy)

    assert (answer, seconds >= 0.3) == (b"here", True)


def test_an_answer_drips_byte_by_byte(proxy):
    proxy.toxic = Toxic(drip=1000)

    answer, seconds = ask(proxy)

    assert (answer, seconds > 0.05) == (b"here", True)


def test_nothing_comes_out_of_a_black_hole_until_it_is_gone(proxy):
    proxy.toxic = Toxic(blackhole=True)
    with pytest.raises(TimeoutError):
        ask(proxy, timeout=0.3)
    assert Echo.heard == []

    proxy.toxic = Toxic()
    assert ask(proxy)[0] == b"here"


def test_a_reset_connection_brings_nothing_there(proxy):
    proxy.toxic = Toxic(reset=1.0)

    with pytest.raises(ConnectionResetError):
        ask(proxy)
    assert Echo.heard == []


def test_a_request_whose_answer_is_cut_has_arrived(proxy):
    proxy.toxic = Toxic(cut=1.0)

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(proxy)
    assert Echo.heard == ["/"]
