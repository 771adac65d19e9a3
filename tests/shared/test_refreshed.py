"""What changes elsewhere is read again in time, by one thread, and kept where it cannot be read."""

import threading

import pytest

from shared.refreshed import NotLoaded, Refreshed


class Source:
    def __init__(self) -> None:
        self.now, self.value, self.reads = 0.0, "first", 0

    def __call__(self):
        self.reads += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def clock(self):
        return self.now


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def kept(source):
    return Refreshed(source, name="it", seconds=2, stale_seconds=10, clock=source.clock)


def test_it_is_read_again_when_it_is_old_enough(kept, source):
    kept.current()
    source.value = "second"

    source.now = 1.9
    assert (kept.current(), source.reads) == ("first", 1)
    source.now = 2.0
    assert (kept.current(), source.reads) == ("second", 2)


def test_what_cannot_be_read_stays_and_is_tried_again_in_time(kept, source, caplog):
    kept.current()
    source.value = OSError("away")
    for source.now in (2.0, 3.0, 4.0, 10.0):
        assert kept.current() == "first"
    assert source.reads == 4
    assert [record.what for record in caplog.records] == ["it"] * 3

    source.value, source.now = "second", 12.0
    assert kept.current() == "second"


def test_what_is_too_old_is_not_kept(kept, source):
    kept.current()
    source.value, source.now = OSError("away"), 10.1

    with pytest.raises(OSError, match="away"):
        kept.current()


def test_without_a_value_the_error_is_everybodys_and_the_source_is_not_asked_by_each(kept, source):
    source.value = OSError("away")
    with pytest.raises(OSError, match="away"):
        kept.current()

    for _ in range(100):
        with pytest.raises(NotLoaded) as refused:
            kept.current()
    assert (refused.value.__cause__, source.reads) == (source.value, 1)

    source.value, source.now = "first", 2.0
    assert kept.current() == "first"


def test_while_one_thread_reads_the_others_go_on_with_what_is_there(kept, source):
    kept.current()
    reading, go_on = threading.Event(), threading.Event()

    def slowly():
        reading.set()
        go_on.wait(5)
        return "second"

    kept._load, source.now = slowly, 5.0
    reader = threading.Thread(target=kept.current)
    reader.start()
    reading.wait(5)

    assert kept.current() == "first"

    go_on.set()
    reader.join(5)
    assert kept.current() == "second"
