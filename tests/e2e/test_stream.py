"""The stream over a real connection: what comes, how it goes on, and when it ends."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from shared.public_api import Person
from tests.e2e.conftest import eventually
from tools.devstack.stack import Stack


@dataclass
class Listener:
    """An open stream; `events` are (id, event, data), `ended_at` when it was over."""

    response: requests.Response
    events: queue.Queue[tuple[str, str, Any]] = field(default_factory=queue.Queue)
    ended_at: float = 0.0

    def listen(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(requests.RequestException, AttributeError):
            for line in self.response.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                fields[name] = value
                if not line and "data" in fields:
                    self.events.put((fields["id"], fields["event"], json.loads(fields["data"])))
                    fields = {}
        self.ended_at = time.monotonic()

    def hang_up(self) -> None:
        """At once: closing the response would wait for whoever reads, and that is until the next heartbeat."""
        if not self.ended_at:
            self.response.raw.shutdown()

    def next(self) -> tuple[str, str, Any]:
        return self.events.get(timeout=5)


@pytest.fixture
def listen(stack: Stack) -> Iterator[Any]:
    opened: list[Listener] = []

    def open_stream(person: Person, **headers: str) -> Listener:
        response = requests.get(
            f"{stack.posts_url}/api/v1/stream",
            headers={"Authorization": f"Bearer {person.access}", "Accept": "text/event-stream", **headers},
            stream=True,
            timeout=20,
        )
        assert response.status_code == 200, response.text
        opened.append(Listener(response))
        threading.Thread(target=opened[-1].listen, daemon=True).start()
        return opened[-1]

    yield open_stream
    for listener in opened:
        listener.hang_up()


def test_posts_and_notifications_come_within_a_second(ada: Person, bob: Person, listen: Any) -> None:
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    listener = listen(bob)
    started = time.monotonic()

    ada.call("POST", "/api/v1/posts", {"text": f"Hello @{bob.username}"}).expect(201)

    found = {event: data for _, event, data in (listener.next(), listener.next())}
    assert time.monotonic() - started < 1
    assert [found["post"]] == bob.call("GET", "/api/v1/timelines/home").body["results"]
    assert [found["notification"]] == bob.call("GET", "/api/v1/notifications").body["results"]


def test_whoever_comes_back_is_sent_what_was_missed(ada: Person, bob: Person, listen: Any) -> None:
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    first = listen(bob)
    ada.call("POST", "/api/v1/posts", {"text": "one"}).expect(201)
    last, _, _ = first.next()
    first.hang_up()
    for text in ("two", "three"):
        ada.call("POST", "/api/v1/posts", {"text": text}).expect(201)

    again = listen(bob, **{"Last-Event-ID": last})

    assert [again.next()[2]["post"]["text"] for _ in range(2)] == ["two", "three"]
    ada.call("POST", "/api/v1/posts", {"text": "four"}).expect(201)
    assert again.next()[2]["post"]["text"] == "four"


@pytest.mark.asvs("7.4.1")
def test_it_ends_within_a_second_of_logging_out(ada: Person, bob: Person, listen: Any) -> None:
    mine, other = listen(ada), listen(bob)
    time.sleep(0.3)
    assert not mine.ended_at
    started = time.monotonic()

    ada.call("POST", "/api/v1/auth/logout").expect(204)

    eventually(lambda: mine.ended_at)
    assert mine.ended_at - started < 1
    assert not other.ended_at


def test_streams_take_no_place_from_others(ada: Person, bob: Person, listen: Any) -> None:
    """There are four threads for answers, and each of these has one of its own."""
    listeners = [listen(person) for person in (ada, bob) for _ in range(5)]

    for _ in range(20):
        ada.call("GET", "/api/v1/timelines/home").expect(200)

    assert not any(listener.ended_at for listener in listeners)
