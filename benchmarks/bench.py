"""What every measurement of Posts works with: the running service, people to act as, rounds of load."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.auth_stand_in import AuthStandIn
from benchmarks.callers import Person, Signer, request
from benchmarks.load import Client, Load
from benchmarks.posts_server import PostsServer
from benchmarks.progress import Steps
from benchmarks.rounds import interleaved
from benchmarks.watching import Watch
from tools import proc

Result = TypeVar("Result")

# PostgreSQL plans a statement anew for the first hundred times or so, on every connection: until then it is not what it
# is in life.
WARM_UP_REQUESTS, WARM_UP_ROUNDS = 2_000, 4


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One round of one variant; CPU time in µs of a request."""

    load: Load
    web: float
    database: float


@dataclass(kw_only=True)
class Bench:
    server: PostsServer
    auth: AuthStandIn
    signer: Signer
    watch: Watch
    steps: Steps
    database_pid: int
    rounds: int
    seconds: float
    connections: int
    minutes: float
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    failures: list[str] = field(default_factory=list)
    _clients: dict[int, Client] = field(default_factory=dict)
    _cleanup: ExitStack = field(default_factory=ExitStack)

    def run(self, requests: Iterator[bytes], *, seconds: float | None = None, connections: int = 0) -> Sample:
        """One load; whatever failed in it makes the whole measurement fail at its end."""
        client = self._client(connections or self.connections)
        web, database = self._spent()
        with self.watch.under_load():
            load = client.run(requests, seconds=self.seconds if seconds is None else seconds)
        web, database = (after - before for after, before in zip(self._spent(), (web, database), strict=True))
        if load.failures:
            self.failures.append(f"{dict(load.failures)}: {load.example}")
        a_request = 1e6 / len(load.latencies)
        return Sample(load=load, web=web * a_request, database=database * a_request)

    def rounds_of(self, name: str, variants: Mapping[str, Callable[[], Result]]) -> dict[str, list[Result]]:
        return interleaved(self.steps, name, variants, rounds=self.rounds)

    def loads(
        self, name: str, variants: Mapping[str, Iterator[bytes]], *, connections: int = 0
    ) -> dict[str, list[Sample]]:
        for requests in variants.values():
            first = itertools.islice(requests, WARM_UP_REQUESTS)
            self.run(first, seconds=self.seconds * WARM_UP_ROUNDS, connections=connections)
        return self.rounds_of(
            name,
            {
                variant: lambda requests=requests: self.run(requests, connections=connections)  # type: ignore[misc]
                for variant, requests in variants.items()
            },
        )

    def bare(self, path: str, newest: int) -> Iterator[bytes]:
        """The bare view, with twenty other posts each time."""
        while True:
            yield request("GET", f"{path}?before={newest - self.chance.getrandbits(50)}")

    def tokens(self, people: Sequence[Person]) -> dict[Person, str]:
        return {person: self.signer.token(person) for person in people}

    def close(self) -> None:
        self._cleanup.close()

    def _client(self, connections: int) -> Client:
        if connections not in self._clients:
            self._clients[connections] = self._cleanup.enter_context(Client(self.server.port, connections))
        return self._clients[connections]

    def _spent(self) -> tuple[float, float]:
        return proc.cpu_seconds(self.server.pid), proc.cpu_seconds(self.database_pid)


def rates(samples: Sequence[Sample]) -> list[float]:
    return [sample.load.rate for sample in samples]
