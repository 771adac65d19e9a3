"""A client of the stream, without a network."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from posts_project.stream import services
from tests.posts.conftest import StillHub
from tests.posts.people import Person

PATH = "/api/v1/stream"


class Listener:
    """Somebody's open stream. `events` are (id, event, data) of what has come by now; `ended` whether it is over."""

    def __init__(self, person: Person, **headers: str) -> None:
        self.response: Any = person.get(PATH, headers={"Accept": "text/event-stream", **headers})
        self.ended = False
        self._lines = iter(self.response)
        self.first = next(self._lines)

    def events(self, streams: StillHub) -> list[tuple[str, str, Any]]:
        for stream in streams._all():
            stream.nudge(now=0)
        return list(self._until_it_beats())

    def _until_it_beats(self) -> Iterator[tuple[str, str, Any]]:
        for line in self._lines:
            if line == b":\n\n":
                return
            number, event, data = line.decode().removesuffix("\n\n").split("\n")
            yield number.removeprefix("id: "), event.removeprefix("event: "), orjson.loads(data.removeprefix("data: "))
        self.ended = True


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be said to all processes."""
    payloads: list[str] = []
    monkeypatch.setattr(services, "_say", lambda **what: payloads.append(orjson.dumps(what).decode()))
    return payloads
