"""Waiting in a command, seen by whoever waits."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

STEP_SECONDS = 0.25


def wait(seconds: float, *, what: str) -> None:
    """Return after so long; meanwhile there is a bar on standard error, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    ends_at = time.monotonic() + seconds
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=seconds)
        while (left := ends_at - time.monotonic()) > 0:
            time.sleep(min(STEP_SECONDS, left))
            progress.update(task, completed=seconds - max(0.0, left))
