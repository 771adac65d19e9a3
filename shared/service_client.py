"""The only module that speaks HTTP to the other service: bounded in time, in size, in hope.

`requests` has no total time-out (a peer that drips a byte every half second can hold a call for ever), reads answers of
any size and follows redirects. Here a call ends after one second whatever the peer does, an answer has at most 1 MB,
a redirect is an error, and a peer that keeps failing is left alone for a while. Of a process's threads no more than two
wait for a peer at a time, and one request waits no longer than a second in all, however many calls it makes: a peer
that is frozen does not take along those who need nothing of it.

Note [Hard deadline]: time-outs of a socket bound one read, not the sum of reads, and headers are read by many. So a
timer shuts the connection's socket down when the time is up, whatever its thread is waiting for. Only the look-up of a
host name is beyond its reach: that is bounded by the system's resolver.
"""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shared.breaker import CircuitBreaker
from shared.parsing import loads_object
from shared.problems import ParseProblem
from shared.remote_errors import RemoteHeldBack, RemoteNotFound, RemoteRefused, RemoteUnavailable
from shared.request_context import (
    current_request_id,
    current_traceparent,
    peer_seconds_left,
    spend_peer_seconds,
)
from shared.service_calls import watched
from shared.service_tokens import ServiceSigner
from shared.wire import dumps

CONNECT_SECONDS = 0.2
READ_SECONDS = 0.8
DEADLINE_SECONDS = 1.0
RETRY_PAUSE_SECONDS = 0.05
MAX_ANSWER_BYTES = 1024 * 1024
MAX_WAITING = 2
# Among calls that end in milliseconds a turn comes soon; behind two that hang it is not worth waiting for.
TURN_SECONDS = 0.2

_CHUNK_BYTES = 16 * 1024


class ServiceClient:
    """Calls one service.

    :param signer: signs a service token for every call; None for what is public (key sets).
    :param deadline: seconds for a whole call, retry included.
    :param ca_file: who vouches for the peer's certificate; empty: whom everybody believes.
    :param max_waiting: how many threads may be in a call at once; one more is told that the peer is unavailable.
    """

    def __init__(
        self,
        *,
        base_url: str,
        breaker: CircuitBreaker,
        signer: ServiceSigner | None = None,
        deadline: float = DEADLINE_SECONDS,
        max_waiting: int = MAX_WAITING,
        ca_file: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = breaker
        self._base_url = base_url
        self._signer = signer
        self._deadline = deadline
        self._turns = threading.BoundedSemaphore(max_waiting)
        self._clock = clock
        self._session = _session(ca_file)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at `path`; one more try after a failure, if the deadline leaves time for it.

        :raises RemoteNotFound: 404. :raises RemoteRefused: other 4xx. :raises RemoteUnavailable: anything else.
        """
        with self._allowance() as ends_at:
            try:
                return self._call("GET", path, params, b"", ends_at)
            except RemoteUnavailable:
                pause = RETRY_PAUSE_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
                if self._clock() + pause >= ends_at or self.breaker.state() != "closed":
                    raise
                time.sleep(pause)
                return self._call("GET", path, params, b"", ends_at)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send `body` as JSON, once; the JSON object answered. Raises like `get`."""
        with self._allowance() as ends_at:
            return self._call("POST", path, None, dumps(body), ends_at)

    @contextlib.contextmanager
    def _allowance(self) -> Iterator[float]:
        """The moment until which a call may last; what it took is taken from what the request in hand may wait."""
        started = self._clock()
        try:
            yield started + min(self._deadline, peer_seconds_left())
        finally:
            spend_peer_seconds(self._clock() - started)

    @contextlib.contextmanager
    def _turn(self, ends_at: float) -> Iterator[None]:
        """One of the few that may wait at a time.

        :raises RemoteHeldBack: all are taken, or the request in hand has waited long enough.
        """
        patience = min(TURN_SECONDS, ends_at - self._clock())
        if patience <= 0 or not self._turns.acquire(timeout=patience):
            raise RemoteHeldBack(f"{self.breaker.name}: enough are waiting already")
        try:
            yield
        finally:
            self._turns.release()

    @watched
    def _call(
        self, method: str, path: str, params: Mapping[str, str] | None, body: bytes, ends_at: float
    ) -> dict[str, Any]:
        with self._turn(ends_at):
            if not self.breaker.allows():
                raise RemoteHeldBack(f"{self.breaker.name}: held back after repeated failures")
            try:
                answer = self._exchange(method, path, params, body, ends_at)
            except RemoteRefused:
                self.breaker.succeeded()
                raise
            except RemoteUnavailable:
                self.breaker.failed()
                raise
            self.breaker.succeeded()
            return answer

    def _exchange(
        self, method: str, path: str, params: Mapping[str, str] | None, body: bytes, ends_at: float
    ) -> dict[str, Any]:
        try:
            with (
                _Deadline(ends_at - self._clock()),
                self._session.request(
                    method,
                    self._base_url + path,
                    params=params,
                    data=body or None,
                    headers=self._headers(method, path, body),
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return _understood(response.status_code, self._read(response))
        except (requests.RequestException, ParseProblem) as error:
            raise RemoteUnavailable(f"{self.breaker.name}: {error.__class__.__name__}") from error

    def _read(self, response: requests.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise RemoteUnavailable(f"{self.breaker.name}: the answer is larger than {MAX_ANSWER_BYTES} bytes")
        return b"".join(chunks)

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if current_request_id():
            headers |= {"X-Request-ID": current_request_id(), "traceparent": current_traceparent()}
        if body:
            headers["Content-Type"] = "application/json"
        if self._signer is not None:
            headers["Authorization"] = f"Bearer {self._signer.sign(method=method, path=path, body=body)}"
        return headers


class _Deadline:
    """Ends the exchange of this thread after `seconds`: see Note [Hard deadline]."""

    _of_thread = threading.local()

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True
        self._connection: HTTPConnection | None = None
        self._passed = False

    def __enter__(self) -> None:
        self._of_thread.deadline = self
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._of_thread.deadline = None
        if self._passed:
            raise requests.Timeout("the deadline has passed")

    @classmethod
    def watch(cls, connection: HTTPConnection) -> None:
        deadline = getattr(cls._of_thread, "deadline", None)
        if deadline is not None:
            deadline._connection = connection

    def _cut(self) -> None:
        self._passed = True
        sock = self._connection.sock if self._connection is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _WatchedHTTP(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _Deadline.watch(self)
        super().request(*args, **kwargs)


class _WatchedHTTPS(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _Deadline.watch(self)
        super().request(*args, **kwargs)


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


def _session(ca_file: str) -> requests.Session:
    session = requests.Session()
    session.verify = ca_file or True
    # Neither a proxy nor a .netrc of the machine has a say in where our secrets go.
    session.trust_env = False
    adapter = _WatchedAdapter(pool_connections=1, pool_maxsize=16, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _understood(status: int, content: bytes) -> dict[str, Any]:
    if 200 <= status < 300:
        return loads_object(content)
    if 400 <= status < 500 and status != 429:
        problem = _problem(content)
        kind = RemoteNotFound if status == 404 else RemoteRefused
        raise kind(status, str(problem.get("code", "")), str(problem.get("detail", "")))
    raise RemoteUnavailable(f"status {status}")


def _problem(content: bytes) -> dict[str, Any]:
    try:
        return loads_object(content)
    except ParseProblem:
        return {}
