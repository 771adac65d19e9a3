"""A client of the stream, without a network."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from posts_project.stream import services
from tests.posts.conftest import StillHub
from tests.posts.people import Person

PATH = "/api/v1/stream"


OPENED: list["Listener"] = []


class Listener:
    """Somebody's open stream. `events` are (id, event, data) of what has come by now; `ended` whether it is over."""

    def __init__(self, person: Person, **headers: str) -> None:
        self.response: Any = person.get(PATH, headers={"Accept": "text/event-stream", **headers})
        self.ended = False
        self._lines = iter(self.response)
        self.first = next(self._lines)
        OPENED.append(self)

    def close(self) -> None:
        """As the server does. Left to the garbage collector, the test client's generator would run Django's signals in
        the middle of whatever comes next, which has crashed the interpreter (3.11.7, within `ContextVar.set`)."""
        self.response._iterator.close()

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


@pytest.fixture(autouse=True)
def _closed_at_last(db: None) -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be said to all processes."""
    payloads: list[str] = []
    monkeypatch.setattr(services, "_say", lambda **what: payloads.append(orjson.dumps(what).decode()))
    return payloads
