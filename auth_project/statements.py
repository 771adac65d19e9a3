"""A span for each command that MongoDB is sent on behalf of something that has one: which, and on what collection."""

from contextlib import AbstractContextManager

from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared import tracing


def follow() -> None:
    """To be called before the first connection is made."""
    monitoring.register(_Statements())


class _Statements(CommandListener):
    """pymongo tells of the beginning and the end of a command in the thread that sends it."""

    def __init__(self) -> None:
        self._open: dict[int, AbstractContextManager[tracing.Span]] = {}

    def started(self, event: CommandStartedEvent) -> None:
        collection = event.command.get("collection") or event.command.get(event.command_name)
        attributes = {"db.system.name": "mongodb", "db.operation.name": event.command_name}
        name = event.command_name
        if isinstance(collection, str):
            attributes["db.collection.name"] = collection
            name = f"{name} {collection}"
        self._open[event.request_id] = tracing.asking(name, attributes)
        self._open[event.request_id].__enter__()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._open.pop(event.request_id).__exit__(None, None, None)

    def failed(self, event: CommandFailedEvent) -> None:
        self._open.pop(event.request_id).__exit__(None, None, None)
