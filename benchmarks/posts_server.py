"""Posts as the stack serves it, and its worker, beside the database of the measurements."""

import http.client
import os
import sys
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.devstack import ports
from tools.devstack.processes import Child, stop_all
from tools.devstack.stack import GRANIAN, GRANIAN_SETTINGS, ROOT

# What PostgreSQL knows the service's connections by.
APPLICATION_NAME = "posts-web"
READY_SECONDS = 60


class PostsServer:
    """`with PostsServer(…) as server:` `server.port` answers inside."""

    def __init__(self, *, folder: Path, port: int) -> None:
        """The rest is in the environment of this process."""
        logs, metrics = folder / "logs", folder / "metrics"
        for place in (logs, metrics):
            place.mkdir(parents=True, exist_ok=True)
        for file in metrics.iterdir():  # of processes that are gone
            file.unlink()
        self.port = port
        shared = {**GRANIAN_SETTINGS, **os.environ, "LOG_LEVEL": "INFO", "PYTHONUNBUFFERED": "1"}
        web = shared | {"PROMETHEUS_MULTIPROC_DIR": str(metrics), "PGAPPNAME": APPLICATION_NAME}
        self.workers, self.threads = int(web["GRANIAN_WORKERS"]), int(web["GRANIAN_BLOCKING_THREADS"])
        self._web = Child("posts", cwd=ROOT, log=logs / "posts.log", env=web)
        self._queue = Child("posts-worker", cwd=ROOT, log=logs / "posts-worker.log", env=shared)

    @property
    def pid(self) -> int:
        """Of granian, whose children are the worker processes."""
        assert self._web.process is not None
        return self._web.process.pid

    def __enter__(self) -> Self:
        self._queue.start([sys.executable, "manage_posts.py", "worker"])
        self._web.start([sys.executable, *GRANIAN, "--port", str(self.port), "benchmarks.site.wsgi:application"])
        try:
            self._web.wait_until(self._is_ready, seconds=READY_SECONDS)
        except BaseException:
            stop_all([self._web, self._queue], seconds=5)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        stop_all([self._web, self._queue], seconds=10)

    def _is_ready(self) -> bool:
        with closing(http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False
