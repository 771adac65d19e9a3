"""The whole product on one machine: databases, migrations, both services, both workers."""

import http.client
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

from tools.devstack import environment, ports
from tools.devstack.databases import Databases
from tools.devstack.errors import StackError
from tools.devstack.lock import locked
from tools.devstack.processes import Child, stop_all

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("auth", "posts")
WORKERS = ("auth-worker", "posts-worker")
GRANIAN = ("-m", "shared.serving", "--interface", "wsgi", "--host", ports.LOOPBACK, "--log-level", "error")
# Two processes even on a laptop, so that nothing comes to rely on the memory of one; one that is lost is replaced.
GRANIAN_SETTINGS = {
    "GRANIAN_WORKERS": "2",
    "GRANIAN_BLOCKING_THREADS": "4",
    "GRANIAN_RESPAWN_FAILED_WORKERS": "true",
    # Nobody but the developer who has typed Ctrl-C is there to be let go of.
    "DRAIN_SECONDS": "0",
}
# In Auth threads wait for their turn to hash a password.
OWN_GRANIAN_SETTINGS = {"auth": {"GRANIAN_BLOCKING_THREADS": "32"}, "posts": {"HELD_REQUESTS": "500"}}
KEYS_OF_CONTENTS = ("AUTH_KEY_ENCRYPTION_KEYS",)
# What Rust adds below an error of ours where RUST_BACKTRACE is set, as it is on many machines of CI.
FRAME = re.compile(r"Stack backtrace:|\s*\d+: \S|\s+at \S+:\d+:\d+")
# Long enough to see what the other service does meanwhile.
RESTART_SECONDS = 5.0


class Stack:
    """`with Stack(data_dir=…, auth_port=…, posts_port=…) as stack:` both services answer inside.

    `settings` are environment variables that win over those of development, `modules` settings modules of services in
    the place of their own. MONGODB_URL and POSTGRES_URL are taken from this process's environment where they are set,
    unless it is to have `own_databases`. To be used in one thread (see Child).
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        auth_port: int,
        posts_port: int,
        settings: Mapping[str, str] | None = None,
        modules: Mapping[str, str] | None = None,
        own_databases: bool = False,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.data_dir, self.logs = data_dir.resolve(), data_dir.resolve() / "logs"
        self.ports = {"auth": auth_port, "posts": posts_port}
        self.auth_url = f"http://{ports.LOOPBACK}:{auth_port}"
        self.posts_url = f"http://{ports.LOOPBACK}:{posts_port}"
        self.settings, self._modules = settings or {}, modules or {}
        self._databases_from = ({} if own_databases else _urls(os.environ)) | dict(self.settings)
        self.say = say
        self.environment: dict[str, str] = {}
        self.children: dict[str, Child] = {}
        self._cleanup = ExitStack()

    @classmethod
    def on_free_ports(
        cls, data_dir: Path, *, settings: Mapping[str, str] | None = None, own_databases: bool = False
    ) -> Self:
        """Beside whatever else runs on this machine."""
        return cls(
            data_dir=data_dir,
            auth_port=ports.free_port(),
            posts_port=ports.free_port(),
            settings=settings,
            own_databases=own_databases,
        )

    def __enter__(self) -> Self:
        with ExitStack() as cleanup:
            self._start_all(cleanup)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._cleanup.close()

    def start(self, name: str) -> None:
        """Start `auth`, `posts`, `auth-worker` or `posts-worker`, if it is stopped; a service then answers."""
        if not self.children[name].is_running():
            self.children[name].start(self._command(name), again=True)
        self._wait_until_ready(name)

    def add(self, name: str, *, port: int) -> None:
        """One more process of a service, named `posts-2`, say; it answers when this returns, and ends with the rest."""
        self.ports[name] = port
        self.children[name] = child = self._child(name)
        self._cleanup.callback(stop_all, [child], seconds=4)
        self.start(name)

    def stop(self, name: str) -> None:
        self.children[name].stop(seconds=5)

    def watch(self) -> None:
        """Return never: what ends is named and started again, and the rest goes on meanwhile.

        :raises StackError: a database has ended and does not start again.
        """
        due: dict[str, float] = {}
        while True:
            for server in self.databases.ended():
                self.say(f"{server.child.why_it_ended()}\nIt is started again …")
                self.databases.start_again(server)
            for name, child in self.children.items():
                if not child.is_running():
                    self._restart(name, due)
            time.sleep(0.2)

    def _restart(self, name: str, due: dict[str, float]) -> None:
        """Start `name` once its pause is over, which begins when its end is noticed."""
        child = self.children[name]
        if name not in due:
            why = child.why_it_ended()
            child.stop(seconds=0)  # whatever it has started itself
            self.say(f"{why}\nThe rest goes on; {name} is started again in {RESTART_SECONDS:.0f} s.")
            due[name] = time.monotonic() + RESTART_SECONDS
        elif time.monotonic() >= due[name]:
            child.start(self._command(name), again=True)
            del due[name]

    def _start_all(self, cleanup: ExitStack) -> None:
        """What is started last is stopped first; 14 s are enough for all of it."""
        cleanup.enter_context(locked(self.data_dir))
        self._check_ports()
        self.logs.mkdir(exist_ok=True)
        shutil.rmtree(self.data_dir / "metrics", ignore_errors=True)  # of processes that are gone
        self.say("Starting MongoDB and PostgreSQL …")
        self.databases = cleanup.enter_context(Databases(self.data_dir, environ=self._databases_from))
        self._prepare_environment()
        self.say("Migrating …")
        self._migrate()
        self.say("Starting the services and their workers …")
        for names in (WORKERS, SERVICES):
            self.children |= {name: self._child(name) for name in names}
            cleanup.callback(stop_all, [self.children[name] for name in names], seconds=4)
        for name, child in self.children.items():
            child.start(self._command(name))
        for name in SERVICES:
            self._wait_until_ready(name)

    def _check_ports(self) -> None:
        if self.ports["auth"] == self.ports["posts"]:
            raise StackError("AUTH_PORT and POSTS_PORT are the same: the services need one each.")
        for name, port in self.ports.items():
            # A stack that was killed a moment ago may still be letting go of it.
            if not ports.wait_until_free(port, seconds=3):
                raise StackError(f"port {port} is in use: set {name.upper()}_PORT to a free one.")

    def _prepare_environment(self) -> None:
        addresses = self.databases.addresses(auth_port=self.ports["auth"], posts_port=self.ports["posts"])
        self.environment = environment.development(self.data_dir, addresses)
        # What the contents of a database are encrypted with comes from where the database does.
        self.environment |= {name: value for name, value in self._databases_from.items() if name in KEYS_OF_CONTENTS}
        self.environment |= self.settings
        environment.write_stack_file(self.data_dir, self.environment)

    def _migrate(self) -> None:
        children = {service: self._child(f"{service}-migrate") for service in SERVICES}
        try:
            for service, child in children.items():
                child.start([sys.executable, f"manage_{service}.py", "migrate", "--no-input"])
            for child in children.values():
                child.wait_until_done()
        finally:
            stop_all(list(children.values()), seconds=2)

    def _child(self, name: str) -> Child:
        service = name.partition("-")[0]
        metrics = self.data_dir / "metrics" / service
        metrics.mkdir(parents=True, exist_ok=True)
        own = {"PROMETHEUS_MULTIPROC_DIR": str(metrics), "PYTHONUNBUFFERED": "1"}
        granian = GRANIAN_SETTINGS | ({} if name in WORKERS else OWN_GRANIAN_SETTINGS.get(service, {}))
        variables = {**granian, **os.environ, **self.settings, **self.environment, **own}
        # Never that of the tests that start us.
        variables["DJANGO_SETTINGS_MODULE"] = self._modules.get(service, f"{service}_project.settings")
        return Child(name, cwd=ROOT, log=self.logs / f"{name}.log", env=variables, readable=_without_frames)

    def _command(self, name: str) -> list[str]:
        service, _, _ = name.partition("-")
        if name in WORKERS:
            return [sys.executable, f"manage_{service}.py", "worker"]
        return [sys.executable, *GRANIAN, "--port", str(self.ports[name]), f"{service}_project.wsgi:application"]

    def _wait_until_ready(self, name: str) -> None:
        if port := self.ports.get(name):
            self.children[name].wait_until(lambda: _is_ready(port), seconds=60)


def _without_frames(line: str) -> str:
    return "" if FRAME.match(line) else line


def _urls(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in ("MONGODB_URL", "POSTGRES_URL", *KEYS_OF_CONTENTS) if name in environ}


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
