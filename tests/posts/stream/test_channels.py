"""What is said is heard by all who listen, once it has been committed; whoever cannot listen any more knows it."""

import itertools
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from posts_project.stream import channels
from posts_project.stream.channels import Channel, PostgresChannel, RedisChannel
from posts_project.streaming import redis_url
from shared.env import ConfigurationError
from tools.devstack import ports

redis = pytest.importorskip("redis", reason="requirements-redis.txt is not installed")

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def redis_server(_nobody_listens_on: None, tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A real one, and what ends it."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("there is neither redis-server nor valkey-server on PATH")
    port = ports.free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}"

    def end() -> None:
        server.kill()
        server.wait()

    try:
        _until_it_answers(url)
        yield url, end
    finally:
        end()


@pytest.fixture(params=["postgres", "redis"])
def channel(request: pytest.FixtureRequest) -> Channel:
    if request.param == "postgres":
        return PostgresChannel()
    return RedisChannel(request.getfixturevalue("redis_server")[0])


EARS: list["Ear"] = []


@pytest.fixture(autouse=True)
def _nobody_listens_on(transactional_db: None) -> Iterator[None]:
    """Whoever does holds a connection, with which the database cannot be dropped."""
    yield
    cut_off()
    while EARS:
        EARS.pop().thread.join(10)


def cut_off() -> None:
    """End what listens to PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN %' AND datname = current_database()"
        )


class Ear:
    """Listens in a thread of its own: `heard` has batches, and at last what ended it."""

    def __init__(self, channel: Channel) -> None:
        self.heard: Queue[Any] = Queue()
        self._channel, self._ready = channel, threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        EARS.append(self)
        assert self._ready.wait(10)

    def _listen(self) -> None:
        try:
            with self._channel.listening() as batches:
                self._ready.set()
                for batch in batches:
                    self.heard.put(batch)
        except Exception as error:
            self.heard.put(error)
        finally:
            connection.close()

    def messages(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            found += self.heard.get(timeout=10)
        return found


def test_what_is_said_is_heard_by_all_once_it_is_committed(channel: Channel) -> None:
    ears = [Ear(channel), Ear(channel)]

    with transaction.atomic():
        channel.say("first")
        assert ears[0].heard.empty()
    with transaction.atomic():
        channel.say("never")
        transaction.set_rollback(True)
    channel.say("second")

    assert [ear.messages(2) for ear in ears] == [["first", "second"]] * 2


def test_what_is_said_in_one_moment_is_heard_together(channel: Channel) -> None:
    ear = Ear(channel)

    with transaction.atomic():
        for number in range(50):
            channel.say(f"{number}")

    batches = []
    while sum(map(len, batches)) < 50:
        batches.append(ear.heard.get(timeout=10))
    assert len(batches) < 10
    assert list(itertools.chain(*batches)) == [f"{number}" for number in range(50)]


def test_who_listens_learns_that_redis_is_gone_and_who_writes_is_not_kept(
    redis_server: tuple[str, Callable[[], None]],
) -> None:
    url, end = redis_server
    channel = RedisChannel(url)
    ear = Ear(channel)

    end()

    channel.say("into the void")
    assert isinstance(ear.heard.get(timeout=10), redis.RedisError)
    with pytest.raises(redis.RedisError), channel.listening():
        pass


def test_who_listens_learns_that_postgresql_has_cut_it_off() -> None:
    ear = Ear(PostgresChannel())

    cut_off()

    assert isinstance(ear.heard.get(timeout=10), psycopg.Error)


def test_the_setting_chooses(settings: Any) -> None:
    channels.channel.cache_clear()
    settings.REDIS_URL = ""
    assert isinstance(channels.channel(), PostgresChannel)
    channels.channel.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert isinstance(channels.channel(), RedisChannel)
    channels.channel.cache_clear()


def test_what_cannot_be_used_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    good = "rediss://:secret@example.org:6379/1"
    assert (redis_url(""), redis_url(good)) == ("", good)
    for bad in ("http://example.org", "redis:", "example.org"):
        with pytest.raises(
            ConfigurationError, match=r"^REDIS_URL: must be a URL that starts with redis:// or rediss://"
        ):
            redis_url(bad)
    monkeypatch.setattr("posts_project.streaming.is_installed", lambda package: False)
    with pytest.raises(ConfigurationError, match=r"^REDIS_URL: needs the packages of requirements-redis\.txt"):
        redis_url(good)


def _until_it_answers(url: str) -> None:
    client, ends_at = redis.Redis.from_url(url), time.monotonic() + 10
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            assert time.monotonic() < ends_at
            time.sleep(0.05)
