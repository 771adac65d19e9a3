"""Counters: exact among many, outside of every transaction, gone when their window is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from auth_project.throttling import counters
from auth_project.throttling.counters import Rule, hit, is_counted, purge_counters
from auth_project.throttling.models import Counter
from auth_project.transactions import run_in_txn
from tests.auth.explain import plan_of
from tests.auth.fakes import NOW

RULE = Rule(name="rule", limit=2, window=timedelta(minutes=1))
KEY = RULE.key("ada")
SECOND = timedelta(seconds=1)


def test_a_window_begins_with_the_first_hit_and_ends_with_its_time():
    counts = [hit(RULE, KEY, now=NOW + seconds * SECOND) for seconds in (0, 20, 59, 60)]

    assert [(count.hits, count.resets_in) for count in counts] == [(1, 60), (2, 40), (3, 1), (1, 60)]
    assert [RULE.is_exceeded(count) for count in counts] == [False, False, True, False]


def test_many_at_once_get_a_number_each():
    barrier = threading.Barrier(32)

    def attempt(_: int) -> int:
        barrier.wait()
        try:
            return hit(RULE, KEY, now=NOW).hits
        finally:
            connections.close_all()

    with ThreadPoolExecutor(32) as pool:
        assert sorted(pool.map(attempt, range(32))) == list(range(1, 33))


def test_a_hit_stays_counted_when_the_transaction_around_it_is_undone():
    def refuse() -> None:
        hit(RULE, KEY, now=NOW)
        raise PermissionError

    for _ in range(2):
        with pytest.raises(PermissionError):
            run_in_txn(refuse)

    assert hit(RULE, KEY, now=NOW).hits == 3


def test_a_clock_that_is_set_back_keeps_nobody_out_for_longer():
    hit(RULE, KEY, now=NOW)

    count = hit(RULE, KEY, now=NOW - timedelta(hours=1))

    assert (count.hits, count.resets_in) == (1, 60)


def test_threads_whose_clocks_differ_by_a_moment_share_a_window():
    hit(RULE, KEY, now=NOW)

    assert hit(RULE, KEY, now=NOW - SECOND).hits == 2


def test_keys_count_for_themselves():
    hit(RULE, KEY, now=NOW)

    assert hit(RULE, RULE.key("eve"), now=NOW).hits == 1
    assert hit(RULE, Rule(name="other", limit=1, window=RULE.window).key("ada"), now=NOW).hits == 1


def test_what_was_cleared_or_is_over_is_not_counted():
    hit(RULE, KEY, now=NOW)
    assert is_counted(KEY, now=NOW + 59 * SECOND)
    assert not is_counted(KEY, now=NOW + 60 * SECOND)

    counters.clear([KEY])

    assert not is_counted(KEY, now=NOW)


def test_limits_are_scaled(settings):
    settings.RATE_LIMIT_SCALE = 100

    assert not RULE.is_exceeded(counters.Count(hits=200, resets_in=1))
    assert RULE.is_exceeded(counters.Count(hits=201, resets_in=1))


def test_the_database_learns_neither_names_nor_addresses():
    hit(RULE, RULE.key("ada@example.com", "192.0.2.1"), now=NOW)

    stored = str(list(connection.database["counters"].find()))

    assert "ada" not in stored
    assert "192" not in stored


def test_windows_that_are_over_are_purged():
    hit(RULE, KEY, now=NOW)
    hit(RULE, RULE.key("eve"), now=NOW + 30 * SECOND)

    assert purge_counters(now=NOW + 61 * SECOND) == 1
    assert Counter.objects.count() == 1


def test_look_ups_examine_one_document():
    for n in range(20):
        hit(RULE, RULE.key(str(n)), now=NOW)

    stages, examined = plan_of(Counter.objects.filter(pk=RULE.key("7")))
    _, purged = plan_of(Counter.objects.filter(expires_at__lt=NOW))

    assert "COLLSCAN" not in stages
    assert (examined, purged) == (1, 0)
