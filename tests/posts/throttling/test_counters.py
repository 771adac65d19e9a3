"""Counters: exact among many, outside of every transaction, gone when their window is."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from posts_project.posts.models import Post
from posts_project.posts.services import publish
from posts_project.posts.views import PostsView
from posts_project.throttling.counters import purge_counters, store
from posts_project.throttling.models import Counter
from posts_project.worker import tasks
from shared.rate_limits import Count, Quota
from tests.posts.people import Person

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def hit(key: str = "ada", *, now: datetime = NOW) -> Count:
    return store.hit(key, window_seconds=60, now=now)


def test_a_window_begins_with_the_first_hit_and_ends_with_its_time() -> None:
    counts = [hit(now=NOW + seconds * SECOND) for seconds in (0, 20, 59, 60)]

    assert [(count.hits, count.resets_in) for count in counts] == [(1, 60), (2, 40), (3, 1), (1, 60)]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_a_number_each() -> None:
    barrier = threading.Barrier(32)

    def attempt(_: int) -> int:
        barrier.wait()
        try:
            return hit().hits
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as pool:
        assert sorted(pool.map(attempt, range(32))) == list(range(1, 33))


def test_a_clock_that_is_set_back_keeps_nobody_out_for_longer() -> None:
    hit()

    count = hit(now=NOW - timedelta(hours=1))

    assert (count.hits, count.resets_in) == (1, 60)


def test_processes_whose_clocks_differ_by_a_moment_share_a_window() -> None:
    hit()

    assert hit(now=NOW - SECOND).hits == 2


def test_keys_count_for_themselves() -> None:
    hit("ada")

    assert hit("eve").hits == 1


def test_counting_is_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        hit()


def test_windows_that_are_over_are_purged_every_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    hit("ada")
    hit("eve", now=NOW + 30 * SECOND)
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOW + 61 * SECOND)

    tasks.purge_old_rows(timestamp=0)

    assert [counter.expires_at for counter in Counter.objects.all()] == [NOW + 90 * SECOND]
    assert purge_counters(now=NOW + 91 * SECOND) == 1


def test_nothing_is_written_ahead_of_a_count() -> None:
    """`u`: unlogged. Counting on stays within a row's page, as half of that is free and `hits` is in no index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence, reloptions FROM pg_class WHERE relname = 'rate_counter'")
        row = cursor.fetchone()

    assert row == ("u", ["fillfactor=50"])


@pytest.fixture
def _two_posts_a_minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMIT_SCALE = 1
    quota = Quota(name="publish", limit=2, window_seconds=60, per="user")
    monkeypatch.setattr(PostsView, "quotas", {"POST": [quota]})


@pytest.mark.asvs("2.4.1")
@pytest.mark.usefixtures("_two_posts_a_minute")
def test_one_post_too_many_is_refused_and_told_when_to_come_back(ada: Person, bob: Person) -> None:
    answers = [ada.post("/api/v1/posts", {"text": "Hello"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[0]["RateLimit-Policy"] == '"publish";q=2;w=60'
    assert [answer["RateLimit"].split(";t=")[0] for answer in answers] == [
        '"publish";r=1', '"publish";r=0', '"publish";r=0',
    ]  # fmt: skip
    assert answers[2].json()["code"] == "throttled"
    assert 50 <= int(answers[2]["Retry-After"]) <= 60
    assert Post.objects.count() == 2
    assert bob.post("/api/v1/posts", {"text": "Hello"}).status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}], ids=["without a key", "with a key"])
@pytest.mark.usefixtures("_two_posts_a_minute")
def test_a_call_stays_counted_when_its_own_transaction_is_undone(
    headers: dict[str, str], person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person("ada")
    ada.client.raise_request_exception = False

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle of the post's transaction")

    monkeypatch.setattr(publish, "publish_fact", fail)

    statuses = [ada.post("/api/v1/posts", {"text": "Hello"}, headers=headers).status_code for _ in range(3)]

    assert statuses == [500, 500, 429]
    assert (Post.objects.count(), Counter.objects.get().hits) == (0, 3)
