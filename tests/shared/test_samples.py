"""Numbers from a database: told where it answers, missing where not, and never waited for for long."""

import threading
import time

import pytest

from shared import metrics
from shared.samples import Sampled, gauge, gauge_by

SHORT = 0.2


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.samples.WAIT_SECONDS", SHORT)


def exposed(sampled: Sampled) -> list[str]:
    lines = metrics.exposition([sampled]).decode().splitlines()
    return [line for line in lines if line.startswith(("things", "metrics_source_up"))]


def test_what_is_read_is_told():
    things = gauge_by("things", "…", ["status"], {("new",): 2, ("old",): 0})
    sampled = Sampled("database", lambda: [things, gauge("things_age_seconds", "…", 1.5)])

    assert exposed(sampled) == [
        'metrics_source_up{source="database"} 1.0',
        'things{status="new"} 2.0',
        'things{status="old"} 0.0',
        "things_age_seconds 1.5",
    ]


def test_registering_it_reads_nothing():
    def read():
        raise AssertionError("nobody has asked yet")

    assert list(Sampled("database", read).describe()) == []


def test_a_database_that_is_away_is_told_and_has_no_numbers(caplog):
    def read():
        raise OSError("away")

    assert exposed(Sampled("database", read)) == ['metrics_source_up{source="database"} 0.0']
    assert [(record.msg, record.source, record.reason) for record in caplog.records] == [
        ("metrics.not_sampled", "database", "OSError")
    ]


def test_one_that_hangs_is_not_waited_for_nor_asked_twice():
    go_on = threading.Event()
    asked = []

    def read():
        asked.append(True)
        go_on.wait(10)
        return [gauge("things", "…", 1)]

    sampled = Sampled("database", read)
    started = time.monotonic()
    answers = [exposed(sampled) for _ in range(3)]
    took = time.monotonic() - started
    go_on.set()

    assert answers == [['metrics_source_up{source="database"} 0.0']] * 3
    assert (len(asked), took < 3 * SHORT + 0.5) == (1, True)
    assert exposed(sampled) == ['metrics_source_up{source="database"} 1.0', "things 1.0"]


def test_it_is_read_again_only_after_a_while(monkeypatch):
    numbers = iter(range(10))
    sampled = Sampled("database", lambda: [gauge("things", "…", next(numbers))])

    assert [exposed(sampled)[-1] for _ in range(3)] == ["things 0.0"] * 3

    monkeypatch.setattr("shared.samples.KEEP_SECONDS", 0)
    assert exposed(sampled) == ['metrics_source_up{source="database"} 1.0', "things 1.0"]


def test_old_numbers_are_not_told_as_new(monkeypatch):
    answers = iter([[gauge("things", "…", 1)]])
    sampled = Sampled("database", lambda: next(answers))
    exposed(sampled)

    monkeypatch.setattr("shared.samples.KEEP_SECONDS", -10)

    assert exposed(sampled) == ['metrics_source_up{source="database"} 0.0']
