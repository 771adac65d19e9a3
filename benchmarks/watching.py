"""How much memory the service's processes take, and how many connections, second by second while a load runs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from benchmarks.posts_server import APPLICATION_NAME, PostsServer
from tools import proc

EVERY_SECONDS = 1.0

_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"


@dataclass
class Watch:
    """`megabytes` has a list of each worker process: one value for every second of load."""

    server: PostsServer
    database: str
    megabytes: dict[int, list[float]] = field(default_factory=dict)
    connections: list[int] = field(default_factory=list)
    loaded_seconds: float = 0.0

    @contextmanager
    def under_load(self) -> Iterator[None]:
        over, started = threading.Event(), time.monotonic()
        thread = threading.Thread(target=self._sample, args=[over])
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.loaded_seconds += time.monotonic() - started

    def _sample(self, over: threading.Event) -> None:
        with psycopg.connect(self.database, autocommit=True) as link:
            while not over.wait(EVERY_SECONDS):
                for worker in proc.children(self.server.pid):
                    self.megabytes.setdefault(worker, []).append(proc.resident_megabytes(worker))
                found = link.execute(_CONNECTIONS, [APPLICATION_NAME]).fetchone()
                assert found is not None
                self.connections.append(found[0])
