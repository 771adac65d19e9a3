"""The worker: at once when all is well, in the end whatever happens."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from pymongo.errors import AutoReconnect

from auth_project.accounts.models import User
from auth_project.accounts.services import profile
from auth_project.events.models import OutboxEvent
from auth_project.events.outbox import MongoOutboxStore
from auth_project.worker import housekeeping
from auth_project.worker.relay import Relay
from tests.auth.fakes import FakePosts, make_user

ROOT = Path(__file__).parents[3]


@pytest.fixture
def relay(posts: FakePosts) -> Relay:
    return Relay(store=MongoOutboxStore(worker="test"), send=posts.send, ping=posts.ping)


def eventually(condition, *, seconds: float = 5.0) -> float:
    """Wait until `condition()`; return how many seconds it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it never happened"
        time.sleep(0.005)
    return time.monotonic() - started


def test_one_turn_of_the_crank_delivers_what_is_due(relay, posts):
    ada = make_user("ada")
    profile.update(user_id=ada.pk, bio="new")

    assert relay.deliver(now=timezone.now()) == 1

    assert [event.type for event in posts.received] == ["user.updated"]
    assert relay.deliver(now=timezone.now()) == 0


def test_changes_reach_posts_while_the_worker_runs_and_after_it_was_away(relay, posts):
    ada = make_user("ada")
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,)) for work in (relay.run, relay.listen)]
    posts.is_down = True
    for thread in threads:
        thread.start()

    profile.update(user_id=ada.pk, bio="while Posts is down")
    eventually(lambda: OutboxEvent.objects.get().attempts > 0)
    posts.is_down = False
    eventually(lambda: len(posts.received) == 1)
    profile.update(user_id=ada.pk, bio="while all is well")
    lag = eventually(lambda: len(posts.received) == 2)

    stop.set()
    relay.wake()
    for thread in threads:
        thread.join(timeout=3)
    assert [event.sequence for event in posts.received] == [1, 2]
    assert lag < 1.0


def put_off(relay: Relay) -> OutboxEvent:
    """An event that nothing will send before a day is over, by the pauses alone."""
    profile.update(user_id=make_user("ada").pk, bio="new")
    relay.deliver(now=timezone.now())
    OutboxEvent.objects.update(due_at=timezone.now() + timedelta(days=1))
    return OutboxEvent.objects.get(worker="", attempts=1)


@contextmanager
def running(relay: Relay) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        relay.wake()
        thread.join(timeout=5)
    assert not thread.is_alive()


def test_what_was_put_off_while_posts_was_away_is_due_as_soon_as_it_is_back(monkeypatch, relay, posts):
    monkeypatch.setattr("auth_project.worker.relay.PROBE_SECONDS", 0.05)
    posts.is_down = True
    put_off(relay)

    with running(relay):
        time.sleep(0.2)
        posts.is_down = False
        eventually(lambda: posts.received)

    assert [event.type for event in posts.received] == ["user.updated"]


def test_nothing_is_tried_while_posts_is_away(monkeypatch, relay, posts):
    """It is asked whether it is there, and that is all."""
    monkeypatch.setattr("auth_project.worker.relay.PROBE_SECONDS", 0.02)
    posts.is_down = True
    ada = make_user("ada")
    profile.update(user_id=ada.pk, bio="first")

    with running(relay):
        eventually(lambda: OutboxEvent.objects.filter(attempts=1).exists())
        for number in range(5):
            profile.update(user_id=ada.pk, bio=str(number))
        time.sleep(0.5)
        assert sorted(OutboxEvent.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 0, 1]
        posts.is_down = False
        eventually(lambda: len(posts.received) == 6)


def test_a_fault_in_asking_whether_posts_is_there_does_not_end_the_loop(monkeypatch, relay, posts):
    monkeypatch.setattr("auth_project.worker.relay.PROBE_SECONDS", 0.02)
    posts.is_down = True
    put_off(relay)
    faults = [RuntimeError("a bug"), OSError("no key")]
    monkeypatch.setattr(relay, "_ping", lambda: posts.ping() if not faults else throw(faults.pop()))

    with running(relay):
        eventually(lambda: not faults)
        posts.is_down = False
        eventually(lambda: posts.received)

    assert [event.type for event in posts.received] == ["user.updated"]


def throw(error: Exception) -> None:
    raise error


def test_what_fails_while_posts_answers_keeps_its_pauses(monkeypatch, relay, posts):
    monkeypatch.setattr("auth_project.worker.relay.PROBE_SECONDS", 0.05)
    posts.is_down = True
    due_at = put_off(relay).due_at
    posts.is_down = False

    with running(relay):
        profile.update(user_id=make_user("bob").pk, bio="new")
        eventually(lambda: posts.received)

    assert OutboxEvent.objects.get(attempts=1, status="pending").due_at == due_at
    assert [event.subject for event in posts.received] == [str(User.objects.get(username="bob").pk)]


def test_what_another_worker_holds_is_left_to_it(relay, posts):
    posts.is_down = True
    due_at = put_off(relay).due_at
    OutboxEvent.objects.update(worker="another")

    assert MongoOutboxStore(worker="test").hasten(now=timezone.now()) == 0
    assert OutboxEvent.objects.get().due_at == due_at


def test_a_fault_in_one_turn_does_not_end_the_loop(monkeypatch, relay, posts):
    monkeypatch.setattr("auth_project.worker.relay.PAUSE_AFTER_FAULT_SECONDS", 0.01)
    claim = MongoOutboxStore.claim
    faults = [AutoReconnect("away"), RuntimeError("a bug")]

    def faulty(self, **kwargs):
        if faults:
            raise faults.pop()
        return claim(self, **kwargs)

    monkeypatch.setattr(MongoOutboxStore, "claim", faulty)
    profile.update(user_id=make_user("ada").pk, bio="new")

    assert [relay.deliver(now=timezone.now()) for _ in range(3)] == [0, 0, 1]


def test_one_chore_that_fails_does_not_keep_the_others_from_being_done(monkeypatch):
    done = []

    def broken(*, now):
        raise RuntimeError

    def works(*, now):
        done.append(now)
        return 0

    monkeypatch.setattr(housekeeping, "CHORES", [broken, works])

    housekeeping.tidy(now=timezone.now())

    assert len(done) == 1


def test_the_chores_run_on_the_real_database():
    done = {chore.__name__: chore(now=timezone.now()) for chore in housekeeping.CHORES}

    # There is nothing to tidy up; of days there are figures, though all of them are 0.
    assert done.pop("measure") > 0
    assert done == dict.fromkeys(done, 0)


class Frozen(BaseHTTPRequestHandler):
    """Posts as it must not be: it takes the request and says nothing."""

    def do_POST(self) -> None:
        time.sleep(3)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_sigterm_stops_the_worker_within_a_second_and_hands_its_events_back():
    peer = ThreadingHTTPServer(("127.0.0.1", 0), Frozen)
    peer.daemon_threads = True
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    profile.update(user_id=make_user("ada").pk, bio="new")
    url = urlsplit(connection.settings_dict["HOST"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = {**os.environ, "POSTS_BASE_URL": f"http://127.0.0.1:{peer.server_port}", "MONGODB_URL": url}
    worker = subprocess.Popen([sys.executable, "manage_auth.py", "worker"], cwd=ROOT, env=environment)
    eventually(lambda: OutboxEvent.objects.get().worker != "", seconds=20)

    started = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    try:
        code = worker.wait(timeout=5)
    finally:
        worker.kill()
    took = time.monotonic() - started

    peer.shutdown()
    peer.server_close()
    event = OutboxEvent.objects.get()
    assert code == 0
    assert took < 1.0
    assert (event.status, event.worker) == ("pending", "")
    assert event.due_at <= timezone.now() + timedelta(seconds=1)
