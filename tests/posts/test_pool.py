"""What is noted of a pool of connections: a real one, that has too few."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection
from psycopg_pool import ConnectionPool, PoolTimeout

from posts_project import pool as watched


@pytest.fixture
def pool(db):
    options = {"min_size": 1, "max_size": 2, "timeout": 0.2, "open": True}
    with closing(ConnectionPool(kwargs=connection.get_connection_params(), **options)) as pool:
        pool.wait()
        yield pool


def noted(pool: ConnectionPool) -> dict[str, float]:
    watched.note(pool)
    states = {state: watched.CONNECTIONS.labels(state)._value.get() for state in ("most", "open", "idle")}
    counters = {"waits": watched.WAITS, "timeouts": watched.TIMEOUTS, "failures": watched.FAILURES}
    return states | {name: counter._value.get() for name, counter in counters.items()}


def test_who_waits_in_vain_is_counted_once(pool):
    before = noted(pool)
    assert (before["most"], before["open"], before["idle"]) == (2, 1, 1)

    def hold_another() -> None:
        with pytest.raises(PoolTimeout):
            pool.getconn()

    held = [pool.getconn(), pool.getconn(timeout=5)]
    with ThreadPoolExecutor(3) as threads:
        for waiting in [threads.submit(hold_another) for _ in range(3)]:
            waiting.result()
    after, later = noted(pool), noted(pool)
    for one in held:
        pool.putconn(one)

    assert (after["open"], after["idle"]) == (2, 0)
    assert after["timeouts"] - before["timeouts"] == 3
    assert after["waits"] - before["waits"] >= 3
    assert later == after
