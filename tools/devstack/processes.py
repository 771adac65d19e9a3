"""Child processes that do not outlive the stack, and what is known about them when they end too early."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tools.devstack.errors import StackError

LEASH = str(Path(__file__).with_name("leash.py"))
# The words of the dynamic loader: a library that is not there, or one that is too old.
MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([^:\s]+)|version `([^']+)' not found")
DEBIAN_PACKAGES = {
    "libcrypto.so.3": "libssl3",
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libssl.so.3": "libssl3",
}
POLL_SECONDS = 0.02


class Child:
    """A program in a session of its own, so that Ctrl-C reaches only the stack, which then stops all in order.

    It gets `stop_signal` also when the stack is killed: `start` must therefore be called in a thread
    that lives as long as the child should (the kernel watches the thread, not the process).
    """

    def __init__(
        self,
        name: str,
        *,
        cwd: Path,
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        readable: Callable[[str], str] = str,
    ) -> None:
        """:param readable: a line of the log as a person should see it; empty where it tells nothing."""
        self.name, self.cwd, self.log, self.env, self.stop_signal = name, cwd, log, env, stop_signal
        self.readable = readable
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str | Path], *, again: bool = False) -> None:
        """:param again: in the same run: what its log says already stays."""
        leash = [sys.executable, "-IS", LEASH, str(os.getpid()), str(int(self.stop_signal))]
        with self.log.open("ab" if again else "wb") as output:
            self.process = subprocess.Popen(
                leash + [str(part) for part in command],
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, *, seconds: float) -> None:
        stop_all([self], seconds=seconds)

    def wait_until_done(self) -> None:
        """:raises StackError: it ended with an error."""
        if self.process and self.process.wait() != 0:
            raise StackError(self.why_it_ended())

    def last_lines(self, count: int = 12, *, width: int = 300) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as file:
            lines = deque((line.rstrip() for line in file), maxlen=1000)
        told = [text for text in map(self.readable, lines) if text]
        return "\n".join(f"  {line[:width]}" for line in told[-count:])

    def wait_until(self, ready: Callable[[], object], *, seconds: float) -> None:
        """Return once `ready()` is true.

        :raises StackError: the program ended, or is not ready after `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.is_running():
                raise StackError(self.why_it_ended())
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} is not ready after {seconds:.0f} s; {self._said()}")
            time.sleep(POLL_SECONDS)

    def why_it_ended(self) -> str:
        if missing := MISSING_LIBRARY.search(self.last_lines()):
            library = missing[1] or missing[2]
            package = DEBIAN_PACKAGES.get(library)
            how = f" (Debian, Ubuntu: `apt-get install {package}`)" if package else ""
            return (
                f"{self.name} needs the shared library {library}, which this system does not have: "
                f"install it{how}, or use `docker compose up`."
            )
        return f"{self.name} ended by itself ({self._end()}); {self._said()}"

    def _said(self) -> str:
        return f"its log, {self.log}, ends:\n{self.last_lines()}"

    def _end(self) -> str:
        code = self.process.returncode if self.process else None
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def stop_all(children: Sequence[Child], *, seconds: float) -> None:
    """Ask all to stop, at once; kill after `seconds` what is left, with whatever it has started."""
    started = [child.process for child in children if child.process]
    for child in children:
        if child.process and child.is_running():
            child.process.send_signal(child.stop_signal)
    deadline = time.monotonic() + seconds
    for process in started:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        _end_group(process.pid)
        process.wait()
    for child in children:
        child.process = None


def end_former(folder: Path, *, seconds: float = 10) -> None:
    """Wait until no process of an earlier run works in `folder`; ask it to end after half of `seconds`.

    The caller holds the lock of the data folder, so what still runs there belongs to a stack that is gone.
    """
    start = time.monotonic()
    asked = False
    while pids := running_in(folder):
        waited = time.monotonic() - start
        if waited > seconds:
            raise StackError(f"process {pids[0]} of an earlier run still works in {folder}; end it and start again.")
        if waited > seconds / 2 and not asked:
            asked = True
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        time.sleep(POLL_SECONDS)


def running_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`; one that is dead but not yet collected has none."""
    place = str(folder.resolve())
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _cwd(entry) == place]


def _cwd(process: Path) -> str:
    try:
        return os.readlink(process / "cwd")
    except OSError:
        return ""


def _end_group(group: int) -> None:
    """Return when the last of it is gone, and with it the ports it held."""
    with suppress(ProcessLookupError):  # the usual case: nothing is left of it
        os.killpg(group, signal.SIGKILL)
        while any(_lives_in(entry, group) for entry in Path("/proc").glob("[0-9]*")):
            time.sleep(POLL_SECONDS)


def _lives_in(process: Path, group: int) -> bool:
    """Not so for a dead process that nobody has collected yet: `kill` would still find it."""
    try:
        state, _parent, its_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return False
    return int(its_group) == group and state not in "ZX"
