"""One readable log of many processes: each line with a coloured name before it."""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

COLOURS = (36, 35, 34, 33)  # ANSI: cyan, magenta, blue, yellow
POLL_SECONDS = 0.1


class LogFollower:
    """Prints what is added to the logs in `folder`, from their beginning, until the `with` ends."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.logs = [_Log(folder / f"{name}.log", prefix) for name, prefix in zip(names, _prefixes(names), strict=True)]
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.is_over.set()
        self.thread.join()
        self._print_new()  # the last words

    def _follow(self) -> None:
        while not self.is_over.wait(POLL_SECONDS):
            self._print_new()

    def _print_new(self) -> None:
        sys.stdout.write("".join(log.new_lines() for log in self.logs))
        sys.stdout.flush()


class _Log:
    def __init__(self, path: Path, prefix: str) -> None:
        self.path, self.prefix, self.position = path, prefix, 0
        path.unlink(missing_ok=True)  # of an earlier run

    def new_lines(self) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(self.position)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.position += len(whole + newline)
        return "".join(f"{self.prefix}{line}\n" for line in whole.decode(errors="replace").splitlines())


def _prefixes(names: Sequence[str]) -> list[str]:
    width = max(map(len, names))
    plain = [f"{name:{width}} | " for name in names]
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return plain
    return [f"\033[{COLOURS[i % len(COLOURS)]}m{prefix}\033[0m" for i, prefix in enumerate(plain)]
