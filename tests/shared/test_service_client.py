"""Calls to the other service end in time whatever it does. The peer here is a real socket that misbehaves."""

import contextlib
import itertools
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared import service_client
from shared.breaker import CircuitBreaker
from shared.jwks import StaticKeys
from shared.keys import public_jwk
from shared.remote_errors import RemoteNotFound, RemoteRefused, RemoteUnavailable
from shared.request_context import request_context, spend_peer_seconds, waiting_limited
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceSigner, ServiceTokenVerifier

SLACK_SECONDS = 0.5


class Peer:
    """Accepts connections on loopback and hands each to `behaviour` in a thread of its own."""

    def __init__(self, behaviour: Callable[[socket.socket, bytes], None]) -> None:
        self.requests: list[bytes] = []
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            request = _whole_request(connection)
            self.requests.append(request)
            with contextlib.suppress(OSError):
                self._behaviour(connection, request)


def _whole_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    length = re.search(rb"Content-Length: (\d+)", request)
    while length and len(request.split(b"\r\n\r\n", 1)[1]) < int(length[1]):
        request += connection.recv(65536)
    return request


def answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def answering(*answers: bytes) -> Callable[[socket.socket, bytes], None]:
    upcoming = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda connection, _: connection.sendall(next(upcoming))


def dripping(head: bytes) -> Callable[[socket.socket, bytes], None]:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        for _ in range(100):
            time.sleep(0.1)
            connection.sendall(b"x")

    return drip


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(behaviour: Callable[[socket.socket, bytes], None]) -> Peer:
        peers.append(Peer(behaviour))
        return peers[-1]

    yield make
    for one in peers:
        one.close()


def client_of(url: str, **options) -> ServiceClient:
    return ServiceClient(base_url=url, breaker=CircuitBreaker("peer"), **options)


def test_a_good_answer_is_its_json(peer):
    server = peer(answering(answer("200 OK", b'{"a": 1}')))

    assert client_of(server.url).get("/x", {"ids": "1,2"}) == {"a": 1}
    assert server.requests[0].startswith(b"GET /x?ids=1%2C2 HTTP/1.1\r\n")


def test_the_request_id_and_trace_travel_along(peer):
    server = peer(answering(answer("200 OK", b"{}")))
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"

    with request_context(request_id="from-the-client", traceparent=trace):
        client_of(server.url).post("/x", {})

    assert b"X-Request-ID: from-the-client" in server.requests[0]
    assert b"traceparent: 00-" + b"a" * 32 in server.requests[0]


def test_a_call_is_signed_for_method_path_and_body(peer):
    server = peer(answering(answer("200 OK", b"{}")))
    key = Ed25519PrivateKey.generate()
    signer = ServiceSigner(service="auth", audience="posts", key=lambda: key)
    verifier = ServiceTokenVerifier(
        service="posts", peer="auth", keys=StaticKeys({public_jwk(key)["kid"]: key.public_key()})
    )

    client_of(server.url, signer=signer).post("/internal", {"a": "é"})

    head, body = server.requests[0].split(b"\r\n\r\n", 1)
    token = next(line for line in head.decode().split("\r\n") if line.startswith("Authorization")).split()[-1]
    assert verifier.verify(token, method="POST", path="/internal", body=body).name == "auth"


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(answering(answer("500 Oops", b"{}")), id="500"),
        pytest.param(answering(answer("503 Busy", b"{}")), id="503"),
        pytest.param(answering(answer("429 Slow down", b"{}")), id="429"),
        pytest.param(answering(answer("302 Found", b"", "Location: http://127.0.0.1:1/")), id="redirect"),
        pytest.param(answering(answer("200 OK", b"<html>")), id="html"),
        pytest.param(answering(answer("200 OK", b'{"a":')), id="truncated json"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"), id="cut body"),
        pytest.param(answering(answer("200 OK", b'{"a":"' + b"x" * 2**21 + b'"}')), id="too large"),
        pytest.param(answering(b"nonsense\r\n\r\n"), id="not http"),
        pytest.param(lambda connection, _: None, id="closed at once"),
        pytest.param(lambda connection, _: time.sleep(3), id="silent"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), id="dripping body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-Header: "), id="dripping header"),
        pytest.param(dripping(b""), id="dripping status"),
    ],
)
@pytest.mark.asvs("15.3.2", "1.3.6")
def test_a_misbehaving_peer_is_unavailable_within_a_second(peer, behaviour):
    client = client_of(peer(behaviour).url)
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable):
        client.get("/x")

    assert time.monotonic() - started < 1.0 + SLACK_SECONDS


def test_a_dead_peer_is_unavailable():
    with pytest.raises(RemoteUnavailable):
        client_of("http://127.0.0.1:1").post("/x", {})


def test_a_refusal_is_told_with_its_code(peer):
    problem = b'{"code": "validation_error", "detail": "No"}'
    refusing = client_of(peer(answering(answer("400 Bad", problem))).url)
    missing = client_of(peer(answering(answer("404 No", b""))).url)

    with pytest.raises(RemoteRefused) as refusal:
        refusing.get("/x")
    with pytest.raises(RemoteNotFound):
        missing.get("/x")

    assert (refusal.value.status, refusal.value.code, refusal.value.detail) == (400, "validation_error", "No")
    assert refusing.breaker.state() == "closed"


def test_a_get_is_tried_twice_and_a_post_once(peer):
    flaky = answer("500 Oops", b"{}"), answer("200 OK", b'{"ok": true}')

    assert client_of(peer(answering(*flaky)).url).get("/x") == {"ok": True}
    with pytest.raises(RemoteUnavailable):
        client_of(peer(answering(*flaky)).url).post("/x", {})


def test_after_five_failures_the_peer_is_left_alone_until_a_probe_succeeds(peer, monkeypatch):
    server = peer(answering(*[answer("500 Oops", b"{}")] * 5, answer("200 OK", b"{}")))
    now = [1000.0]
    client = ServiceClient(base_url=server.url, breaker=CircuitBreaker("peer", clock=lambda: now[0]))

    for _ in range(8):
        with pytest.raises(RemoteUnavailable):
            client.post("/x", {})
    assert (len(server.requests), client.breaker.state()) == (5, "open")

    now[0] += 7
    assert client.breaker.state() == "half_open"
    assert client.post("/x", {}) == {}
    assert client.breaker.state() == "closed"


def hanging(seconds: float = 3.0) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _: time.sleep(seconds)


def test_two_wait_for_a_peer_that_hangs_and_a_third_is_told_at_once(peer):
    client = client_of(peer(hanging()).url)
    waiting = [threading.Thread(target=_unavailable, args=(client,), daemon=True) for _ in range(2)]
    for thread in waiting:
        thread.start()
    time.sleep(0.1)
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable, match="enough are waiting"):
        client.post("/x", {})

    assert 0.2 <= time.monotonic() - started < 0.7
    for thread in waiting:
        thread.join(timeout=2)
    assert client.breaker._run_of_failures == 2


def test_many_find_their_turn_with_a_peer_that_answers(peer, monkeypatch):
    # That turns go round is what is tried, not how quick a busy machine is.
    monkeypatch.setattr(service_client, "TURN_SECONDS", 10.0)
    client = client_of(peer(answering(answer("200 OK", b'{"ok": true}'))).url)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: client.post("/x", {}), range(40)))

    assert answers == [{"ok": True}] * 40


def test_one_request_waits_no_longer_than_a_second_however_often_it_calls(peer):
    client = client_of(peer(hanging()).url)
    started = time.monotonic()

    with waiting_limited():
        for _ in range(3):
            _unavailable(client)

    assert 0.7 < time.monotonic() - started < 1.0 + SLACK_SECONDS


def test_a_job_calls_as_often_as_it_has_to_whatever_time_that_takes(peer):
    server = peer(answering(answer("200 OK", b"{}")))
    client = client_of(server.url)

    with request_context(request_id=None, traceparent=None):
        spend_peer_seconds(5)

        assert client.get("/x") == {}


def test_the_next_request_may_wait_again(peer):
    server = peer(answering(answer("200 OK", b"{}")))
    client = client_of(server.url)
    with waiting_limited():
        spend_peer_seconds(5)
        with pytest.raises(RemoteUnavailable):
            client.get("/x")

    with waiting_limited():
        assert client.get("/x") == {}
    assert len(server.requests) == 1


def _unavailable(client: ServiceClient) -> None:
    with pytest.raises(RemoteUnavailable):
        client.post("/x", {})
