"""What this process says to MongoDB, overheard; registered before there is a connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import monitoring

QUERIES = {"find", "aggregate", "findAndModify", "update", "delete", "count", "distinct"}


class Listener(monitoring.CommandListener):
    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] | None = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.heard is not None and event.command_name in QUERIES | {"insert", "commitTransaction"}:
            self.heard.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


_listener = Listener()
monitoring.register(_listener)


@contextmanager
def overheard() -> Iterator[list[dict[str, Any]]]:
    """The commands of the block, in order, of all threads."""
    _listener.heard = heard = []
    try:
        yield heard
    finally:
        _listener.heard = None


def shape(command: dict[str, Any]) -> tuple[str, str]:
    """What is done to which collection: what a timing could tell."""
    name = next(iter(command))
    return name, str(command[name])
