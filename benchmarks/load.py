"""A closed loop of HTTP/1.1 requests that costs little itself: on every connection one request is under way.

Neither a thread nor a library stands between two requests: one `epoll` loop over ready-made bytes takes 20 to 30 µs a
request, of which what it measures needs some hundreds. (wrk takes less, but is no package of this project's, and could
not give every request the token of somebody else without a script of its own.)
"""

import re
import select
import socket
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

TIMEOUT_SECONDS = 30.0
MOST_IDLE_SECONDS = 5.0
_CHUNK = 1 << 18

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_WITHOUT_BODY = frozenset({204, 304})


@dataclass
class Load:
    """What became of the requests. Latencies in seconds; a failure is any status of 400 or more, with an example."""

    latencies: list[float] = field(default_factory=list)
    failures: Counter[int] = field(default_factory=Counter)
    example: str = ""
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """In milliseconds, as the other."""
        return statistics.median(self.latencies) * 1_000

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 99) * 1_000

    def take(self, status: int, answer: bytes, latency: float) -> None:
        self.latencies.append(latency)
        if status >= 400:
            self.failures[status] += 1
            self.example = answer[:500].decode(errors="replace")


class Client:
    """Connections that stay open over many loads, so that all of them meet the same worker processes."""

    def __init__(self, port: int, connections: int) -> None:
        self._connections = [_Connection(port) for _ in range(connections)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for connection in self._connections:
            connection.socket.close()

    def run(self, requests: Iterator[bytes], *, seconds: float) -> Load:
        """Send `requests`, as many as are answered within `seconds` or until there is none left."""
        for one in self._connections:
            one.revive()
        load, started = Load(), time.perf_counter()
        ends_at = started + seconds
        with select.epoll() as poll:
            waiting = {one.socket.fileno(): one for one in self._connections if one.send_next(requests)}
            for number in waiting:
                poll.register(number, select.EPOLLIN)
            while waiting:
                ready = poll.poll(TIMEOUT_SECONDS)
                if not ready:
                    raise TimeoutError(f"no answer within {TIMEOUT_SECONDS:.0f} s")
                for number, _ in ready:
                    one = waiting[number]
                    if one.receive(load) and (time.perf_counter() > ends_at or not one.send_next(requests)):
                        poll.unregister(number)
                        del waiting[number]
        load.seconds = time.perf_counter() - started
        return load


class _Connection:
    def __init__(self, port: int) -> None:
        self._port = port
        self.socket = _open(port)
        self._sent_at = time.perf_counter()
        self._received = b""

    def revive(self) -> None:
        """Open it anew where the server has closed it, as it does with those that have nothing to say, or soon may."""
        has_ended = bool(select.select([self.socket], [], [], 0)[0])  # nothing was asked, so this is no answer
        if has_ended or time.perf_counter() - self._sent_at > MOST_IDLE_SECONDS:
            self.socket.close()
            self.socket = _open(self._port)

    def send_next(self, requests: Iterator[bytes]) -> bool:
        request = next(requests, None)
        if request is None:
            return False
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self, load: Load) -> bool:
        """Whether the answer is whole now."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self._received += chunk
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or len(self._received) < end + 4 + _body_length(self._received[: end + 2]):
            return False
        load.take(int(self._received[9:12]), self._received, time.perf_counter() - self._sent_at)
        self._received = b""
        return True


def _open(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _body_length(head: bytes) -> int:
    length = _LENGTH.search(head)
    if length is None and int(head[9:12]) not in _WITHOUT_BODY:
        raise ValueError(f"an answer without Content-Length: {head!r}")
    return int(length[1]) if length else 0


def percentile(values: Sequence[float], percent: int) -> float:
    """Of few values: the greatest."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) >= 100 else max(values)
