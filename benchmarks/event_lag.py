"""How long what happens in Auth takes to be obeyed in Posts: a session's end, and what waited while Posts was away.

    .venv/bin/python -m benchmarks.event_lag [--sessions 500] [--at-once 1] [--backlog 10000]

Starts a stack of its own on free ports. A lag is what its owner sees: from the answer to their log-out to the first
answer of Posts that refuses the session's token, asked for without a pause.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import psycopg
from pymongo import MongoClient

from benchmarks.load import percentile
from benchmarks.options import at_least
from benchmarks.progress import Steps
from benchmarks.report import Figure, Report
from shared.public_api import Person, PublicApi
from tools.devstack.stack import Stack

PASSWORD = "seven quiet otters paint"
PEOPLE = 20
AT_ONCE = 4
NO_LIMITS = {"RATE_LIMIT_SCALE": "1000000"}
GIVE_UP_SECONDS = 60
HOME = "/api/v1/timelines/home"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.event_lag", description=__doc__)
    parser.add_argument("--sessions", type=at_least(1), default=500, metavar="N", help="that end (%(default)s)")
    parser.add_argument("--at-once", type=at_least(1), default=1, metavar="N", help="who end theirs (%(default)s)")
    parser.add_argument("--backlog", type=at_least(1), default=10_000, metavar="N", help="events (%(default)s)")
    options, report = parser.parse_args(), Report()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack.on_free_ports(Path(folder), settings=NO_LIMITS) as stack,
        Steps() as steps,
    ):
        api = PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url)
        people = [Person(api=api, username=f"person_{number}", password=PASSWORD) for number in range(PEOPLE)]
        for person in steps.each("sign up", people):
            person.sign_up()
        report.add(*_revocations(people, options.sessions, options.at_once, steps))
        report.add(*_backlog(stack, people, options.backlog, steps))
    return int(report.is_missed)


def _revocations(people: list[Person], sessions: int, at_once: int, steps: Steps) -> Iterator[Figure]:
    waiting: Queue[Person] = Queue()
    for person in people:
        waiting.put(person)
    with ThreadPoolExecutor(at_once) as pool:
        lags = pool.map(lambda _: _lag_of_next(waiting), range(sessions))
        lags = [lag * 1_000 for lag in steps.each("log out", lags, total=sessions)]
    yield Figure(target="P7", what="a log-out is obeyed: p50", rounds=[statistics.median(lags)], unit="ms", at_most=150)
    yield Figure(target="P7", what="a log-out is obeyed: p99", rounds=[percentile(lags, 99)], unit="ms", at_most=1_000)
    yield Figure(target="P7", what=f"  the slowest of {len(lags):,}", rounds=[max(lags)], unit="ms")


def _lag_of_next(waiting: Queue[Person]) -> float:
    person = waiting.get()
    try:
        return _lag(person)
    finally:
        waiting.put(person)


def _lag(person: Person) -> float:
    person.sign_in()
    api, token = person.api, person.access
    api.call("GET", HOME, token=token).expect(200)
    api.call("POST", "/api/v1/auth/logout", token=token).expect(204)
    ended_at = time.perf_counter()
    while api.call("GET", HOME, token=token).expect(200, 401).status == 200:
        assert time.perf_counter() - ended_at < GIVE_UP_SECONDS, "the log-out never came"
    return time.perf_counter() - ended_at


def _backlog(stack: Stack, people: list[Person], events: int, steps: Steps) -> Iterator[Figure]:
    """Changes of profiles while Posts is away, each an event; then it comes back."""
    stack.stop("posts")
    for person in people:
        person.sign_in()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        changes = pool.map(lambda number: _change(people[number % len(people)], number), range(events))
        for _ in steps.each("changes", changes, total=events):
            pass
    with steps.phase("Posts comes back"):
        stack.start("posts")
        taken = _wait_until_delivered(stack)
    what = f"{events:,} events that waited are delivered, after Posts is ready"
    yield Figure(target="P6", what=what, rounds=[taken], unit="s", digits=1, at_most=30)
    wrong = _differences(stack)
    yield Figure(target="P6", what="  profiles that are not as Auth has them", rounds=[wrong], digits=0, at_most=0)


def _change(person: Person, number: int) -> None:
    person.call("PATCH", "/api/v1/users/me", {"bio": f"change {number}"}).expect(200)


def _wait_until_delivered(stack: Stack) -> float:
    """Seconds until the outbox is empty. To ask takes a look at one key of an index, four times a second."""
    started = time.perf_counter()
    with MongoClient[dict[str, str]](stack.databases.mongodb_url) as client:
        outbox = client.get_default_database()["outbox"]
        while outbox.find_one({"status": "pending"}):
            assert time.perf_counter() - started < 10 * GIVE_UP_SECONDS, "the events never came"
            time.sleep(0.25)
    return time.perf_counter() - started


def _differences(stack: Stack) -> int:
    with MongoClient[dict[str, str]](stack.databases.mongodb_url) as client:
        auth = {user["username"]: user["bio"] for user in client.get_default_database()["users"].find()}
    with psycopg.connect(stack.databases.postgres_url) as connection:
        posts = dict(connection.execute("SELECT username, bio FROM profile").fetchall())
    return sum(posts.get(name) != bio for name, bio in auth.items())


if __name__ == "__main__":
    sys.exit(main())
