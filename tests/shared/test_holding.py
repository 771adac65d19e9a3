"""How many are answered at once, and what does not count."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from shared import holding


class Answering:
    """An application that notes how many are in it at once; it answers bit by bit."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self._lock = threading.Lock()
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.go_on.wait(5)
        with self._lock:
            self.inside -= 1
        return iter([b"bit", b"by bit"])


@pytest.fixture(autouse=True)
def _unannounced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (holding.HELD, holding.ANSWERING):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_no_more_are_answered_at_once_than_there_are_threads_for_it() -> None:
    holding.announce(answering=2)
    application = Answering()
    bounded = holding.bounded(application)
    callers = [threading.Thread(target=bounded, args=({}, None)) for _ in range(6)]

    for caller in callers:
        caller.start()
    while application.inside < 2:
        pass
    application.go_on.set()
    for caller in callers:
        caller.join()

    assert application.most == 2


def test_what_is_answered_bit_by_bit_holds_no_place() -> None:
    holding.announce(answering=1)
    application = Answering()
    application.go_on.set()
    bounded = holding.bounded(application)

    held = [bounded({}, lambda *answer: None) for _ in range(3)]

    assert [list(answer) for answer in held] == [[b"bit", b"by bit"]] * 3


def test_without_a_server_that_says_so_nothing_is_bounded() -> None:
    application = Answering()

    assert holding.bounded(application) is application
    assert holding.held(otherwise=7) == 7


def test_a_server_that_was_not_told_holds_none() -> None:
    assert holding.announce(answering=4) == 0
    assert holding.held(otherwise=7) == 0
