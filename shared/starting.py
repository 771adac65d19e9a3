"""Starting beside a database that is starting too: `serve`, `worker` and `migrate` wait for it, and give up in time."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared.env import ConfigurationError

PAUSE_SECONDS = 0.5


def wait_for(database: str, *, ask: Callable[[], object], say: Callable[[str], object]) -> None:
    """Return once `ask` raises nothing, asked again and again for DATABASE_WAIT_SECONDS.

    :raises CommandError: it never did; the process ends with 1, for its supervisor to see.
    """
    seconds = settings.DATABASE_WAIT_SECONDS
    ends_at = time.monotonic() + seconds
    error = _failure(ask)
    if error is not None and seconds:
        say(f"Waiting up to {seconds:g} s for {database}: {_first_line(error)}")
    while error is not None:
        if time.monotonic() >= ends_at:
            raise CommandError(f"{database} did not answer within {seconds:g} s: {_first_line(error)}") from error
        time.sleep(PAUSE_SECONDS)
        error = _failure(ask)


def refuse_without(prepare: Callable[[], object]) -> None:
    """:raises CommandError: a setting is such that `prepare` fails; one sentence that names it."""
    try:
        prepare()
    except ConfigurationError as error:
        raise CommandError(f"Start refused: {error}.") from error


class ServeCommand(BaseCommand):
    """`serve`: wait, prepare, then become `python -m shared.serving`, which GRANIAN_* variables tell the rest."""

    help = (
        "Wait for the database, then answer requests until SIGTERM. GRANIAN_WORKERS, GRANIAN_BLOCKING_THREADS and the"
        " other variables of granian say how."
    )
    requires_system_checks = ()
    # Named in each project; `ask` raises where the database does not answer, `prepare` a `ConfigurationError` where the
    # service must not start.
    database: str
    ask: Callable[[], object]
    prepare: Callable[[], object] = staticmethod(lambda: None)
    application: str
    port: int

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
        parser.add_argument("--port", type=int, default=self.port, help=f"port to listen at ({self.port})")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        wait_for(self.database, ask=self.ask, say=self.stderr.write)
        refuse_without(self.prepare)
        os.environ.setdefault("GRANIAN_LOG_LEVEL", "warning")
        server = [sys.executable, "-m", "shared.serving", "--interface", "wsgi", "--host", host, "--port", str(port)]
        # In the place of this process: signals reach the server, and nothing that was loaded here stays.
        os.execv(sys.executable, [*server, self.application])  # noqa: S606 - no shell is wanted


def _failure(ask: Callable[[], object]) -> Exception | None:
    try:
        ask()
    except Exception as error:
        return error
    return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), error.__class__.__name__)
