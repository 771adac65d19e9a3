"""A database that is late is waited for, and one that does not come is told and given up."""

import time

import pytest
from django.core.management.base import CommandError

from shared import starting


class Late:
    """Fails so many times before it answers."""

    def __init__(self, failures):
        self.failures = failures

    def __call__(self):
        if self.failures:
            self.failures -= 1
            raise ConnectionError("refused\nat 127.0.0.1")


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    settings.DATABASE_WAIT_SECONDS = 5.0
    monkeypatch.setattr(starting, "PAUSE_SECONDS", 0.01)


def test_nothing_is_said_where_it_answers_at_once():
    said = []

    starting.wait_for("a database", ask=Late(0), say=said.append)

    assert said == []


def test_one_that_is_late_is_waited_for_and_that_is_said_once():
    said, late = [], Late(7)

    starting.wait_for("a database", ask=late, say=said.append)

    assert (said, late.failures) == (["Waiting up to 5 s for a database: refused"], 0)


def test_one_that_does_not_come_is_given_up_with_1(settings):
    settings.DATABASE_WAIT_SECONDS = 0.2
    started = time.monotonic()

    with pytest.raises(CommandError, match=r"^a database did not answer within 0.2 s: refused$") as told:
        starting.wait_for("a database", ask=Late(10**9), say=lambda _: None)

    assert told.value.returncode == 1
    assert 0.2 <= time.monotonic() - started < 2


def test_whoever_does_not_want_to_wait_is_told_once(settings):
    settings.DATABASE_WAIT_SECONDS = 0
    said = []

    with pytest.raises(CommandError):
        starting.wait_for("a database", ask=Late(1), say=said.append)

    assert said == []
