"""How far long work has come: bars on a terminal, a line a phase elsewhere, both on standard error."""

import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")

# Drawing takes time from what is measured: seldom, and not at every step.
DRAWN_A_SECOND = 2
STEPS_AT_ONCE = 1_000


class Steps:
    """`for item in steps.each("posts", items)` and `with steps.phase("vacuum")`, inside of `with Steps() as steps`."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:>24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(file=sys.stderr)
        self._progress = Progress(
            *columns, console=console, refresh_per_second=DRAWN_A_SECOND, disable=not console.is_terminal
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def each(self, name: str, items: Iterable[Item], *, total: int | None = None) -> Iterator[Item]:
        size = total if total is not None else len(items) if isinstance(items, Collection) else None
        often = 1 if size is None or size < STEPS_AT_ONCE else STEPS_AT_ONCE
        with self._task(name, size) as task:
            done = 0
            for done, item in enumerate(items, 1):
                yield item
                if done % often == 0:
                    self._progress.update(task, completed=done)
            self._progress.update(task, completed=done)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        with self._task(name, 1) as task:
            yield
            self._progress.update(task, completed=1)

    @contextmanager
    def _task(self, name: str, total: int | None) -> Iterator[TaskID]:
        started = time.monotonic()
        task = self._progress.add_task(name, total=total)
        yield task
        if not self._progress.console.is_terminal:
            self._progress.console.print(f"{name}: {time.monotonic() - started:.1f} s")
