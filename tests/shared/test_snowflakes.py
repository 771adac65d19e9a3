"""Ids sort by time, fit a signed 64-bit integer and only grow."""

from datetime import UTC, datetime, timedelta

from shared.snowflakes import EPOCH, MAX_ID, created_at, least_id_at, new_id


def test_ids_only_grow_within_a_process():
    ids = [new_id() for _ in range(10_000)]

    assert ids == sorted(set(ids))


def test_an_id_tells_when_it_was_made():
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    assert before <= created_at(new_id()) <= datetime.now(UTC) + timedelta(milliseconds=5)


def test_ids_fit_until_2163():
    assert 0 < least_id_at(datetime(2163, 1, 1, tzinfo=UTC)) <= MAX_ID


def test_a_moment_has_a_least_id():
    moment = datetime(2026, 11, 22, tzinfo=UTC)

    assert created_at(least_id_at(moment)) == moment
    assert least_id_at(EPOCH - timedelta(days=1)) == 0
