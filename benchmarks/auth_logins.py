"""How many people can sign in, what that costs everybody else, and whether look-ups stay flat: targets T5 and T7.

    .venv/bin/python -m benchmarks.auth_logins [--only T5] [--rounds 5] [--seconds 5] [--users 500000]

Starts a stack of its own on free ports. `python -m benchmarks` calls it after the measurements of Posts.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from argon2.low_level import Type, hash_secret_raw

from benchmarks import options as choices
from benchmarks.load import percentile
from benchmarks.progress import Steps
from benchmarks.report import Figure, Report, ratios
from benchmarks.rounds import interleaved
from tools.devstack.stack import Stack
from tools.proc import cpu_seconds

CORES = len(os.sched_getaffinity(0))
# Enough that a hash is always waiting, few enough that nobody waits for two seconds.
CLIENTS = 4 * CORES
# More sessions than fifty of one person would be ended again, which is work that no login has in life.
NAMES_OF_A_CLIENT = 25
READ_PAUSE_SECONDS = 0.02
FEW_USERS = 5_000
LOOK_UPS = 1_000
PASSWORD = "seven quiet otters paint"


# One go at something, and whether it was done.
Work = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast something is done, and what CPU time each takes, which other work on the machine changes little."""

    a_second: float
    cpu_ms: float


class Caller:
    """One client with one connection that stays open."""

    def __init__(self, origin: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=30)

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read() or b"null")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.auth_logins", description=__doc__)
    choices.add_arguments(parser)
    choices.add_auth_arguments(parser)
    options, report = parser.parse_args(), Report()
    with tempfile.TemporaryDirectory() as folder, Stack.on_free_ports(Path(folder)) as stack, Steps() as steps:
        for target, measure in (("T5", _measure_logins), ("T7", _measure_lookups)):
            if not options.only or target in options.only:
                report.add(*measure(stack, options, steps))
    return int(report.is_missed)


def _measure_logins(stack: Stack, options: Namespace, steps: Steps) -> Iterator[Figure]:
    origin, seconds = stack.auth_url, options.seconds
    _sign_up(origin, "reader")
    names = [f"bench_{number}" for number in range(CLIENTS * NAMES_OF_A_CLIENT)]
    for name in steps.each("T5: sign up", names):
        _sign_up(origin, name)
    crowd = [names[number::CLIENTS] for number in range(CLIENTS)]
    servers = [child.process.pid for child in (stack.children["auth"], stack.databases.children[0]) if child.process]
    taken = interleaved(
        steps,
        "T5: sign in",
        {
            "bound": lambda: _bare_hashes(seconds),
            "idle": lambda: _p99(_reads(origin, _token(origin), seconds)),
            "logins": lambda: _pace([_login(origin, some) for some in crowd], seconds, cpu=lambda: _cpu(servers)),
            "busy": lambda: _p99_while_busy(origin, crowd, seconds),
        },
        rounds=options.rounds,
    )
    bound, logins = taken["bound"], taken["logins"]
    share = ratios([pace.a_second for pace in logins], [pace.a_second for pace in bound])
    by_cpu = ratios([pace.cpu_ms for pace in bound], [pace.cpu_ms for pace in logins])
    delay = ratios(taken["busy"], taken["idle"])
    yield Figure(target="T5", what="logins over HTTP / bare Argon2 hashes", rounds=share, at_least=0.8)
    yield Figure(target="T5", what="p99 of reads while everybody signs in / idle", rounds=delay, at_most=3)
    yield Figure(target="T5", what="  CPU time of a bare hash / of a login, MongoDB's included", rounds=by_cpu)
    for what, paces in ((f"bare Argon2 on {CORES} cores", bound), ("logins over HTTP", logins)):
        yield Figure(target="T5", what=f"  {what}", rounds=[pace.a_second for pace in paces], unit="/s", digits=1)
        each = [pace.cpu_ms for pace in paces]
        yield Figure(target="T5", what=f"  {what}: CPU each", rounds=each, unit="ms", digits=1)
    yield Figure(target="T5", what="  p99 of a read, idle", rounds=taken["idle"], unit="ms", digits=1)
    yield Figure(target="T5", what="  p99 of a read, saturated", rounds=taken["busy"], unit="ms", digits=1)


def _token(origin: str) -> str:
    """The reader's, good for five minutes, which all rounds together may well outlast."""
    body = {"login": "reader", "password": PASSWORD}
    status, answer = Caller(origin).call("POST", "/api/v1/auth/login", body)
    assert status == 200, answer
    return str(answer["access"])


def _p99_while_busy(origin: str, crowd: list[list[str]], seconds: float) -> float:
    token = _token(origin)
    with _saturated([_login(origin, some) for some in crowd]):
        return _p99(_reads(origin, token, seconds))


def _sign_up(origin: str, name: str) -> None:
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    status, answer = Caller(origin).call("POST", "/api/v1/auth/register", body)
    assert status == 201, answer


def _bare_hashes(seconds: float) -> Pace:
    """Hashes a second with the figures of Auth, on all cores and with nothing around them: nobody signs in faster."""

    def hash_one() -> bool:
        hash_secret_raw(b"x" * 24, b"y" * 22, time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, type=Type.ID)
        return True

    return _pace([hash_one] * CORES, seconds, cpu=time.process_time)


def _login(origin: str, names: list[str]) -> Work:
    """One client, who signs in as one after the other. On a busy machine some are refused, which keeps reads going."""
    caller, turns = Caller(origin), itertools.cycle(names)

    def login() -> bool:
        status, answer = caller.call("POST", "/api/v1/auth/login", {"login": next(turns), "password": PASSWORD})
        assert status in (200, 503), answer
        return status == 200

    return login


def _pace(works: list[Work], seconds: float, *, cpu: Callable[[], float]) -> Pace:
    """Of all `works` together, each in a thread of its own; `cpu` tells the CPU seconds that were spent so far."""
    ends_at = time.perf_counter() + seconds

    def repeat(work: Work) -> int:
        done = 0
        while time.perf_counter() < ends_at:
            done += work()
        return done

    started, spent = time.perf_counter(), cpu()
    with ThreadPoolExecutor(len(works)) as pool:
        done = sum(pool.map(repeat, works))
    taken, spent = time.perf_counter() - started, cpu() - spent
    return Pace(a_second=done / taken, cpu_ms=spent * 1_000 / max(done, 1))


def _cpu(servers: list[int]) -> float:
    return sum(cpu_seconds(pid) for pid in servers)


class _saturated:  # noqa: N801 - reads as a word after `with`
    """Inside of it everybody signs in as fast as they can."""

    def __init__(self, logins: list[Work]) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=[login]) for login in logins]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, login: Work) -> None:
        while not self._stop.is_set():
            login()


def _reads(origin: str, token: str, seconds: float) -> list[float]:
    """What reading one's account took, one after the other with a pause between."""
    caller, taken = Caller(origin), []
    ends_at = time.perf_counter() + seconds
    while time.perf_counter() < ends_at:
        started = time.perf_counter()
        status, answer = caller.call("GET", "/api/v1/users/me", token=token)
        assert status == 200, answer
        taken.append(time.perf_counter() - started)
        time.sleep(READ_PAUSE_SECONDS)
    return taken


def _p99(taken: list[float]) -> float:
    return percentile(taken, 99) * 1_000


def _measure_lookups(stack: Stack, options: Namespace, steps: Steps) -> Iterator[Figure]:
    """For each way to find a user: its median among few, and among many."""
    url = urlsplit(stack.environment["MONGODB_URL"])
    os.environ.update(stack.environment, MONGODB_URL=url._replace(path="/bench").geturl())
    os.environ["DJANGO_SETTINGS_MODULE"] = "auth_project.settings"
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    call_command("migrate", verbosity=0)
    sizes = {"users": options.users, "users_few": FEW_USERS}
    for collection, size in steps.each("T7: users", sizes.items()):
        _fill(collection, size)
    for name, find in _ways().items():
        taken = interleaved(
            steps,
            f"T7: {name}",
            {collection: _timed_in(collection, find, size) for collection, size in sizes.items()},
            rounds=options.rounds,
        )
        many, few = taken["users"], taken["users_few"]
        yield Figure(target="T7", what=f"{name}: p50 with many / with few", rounds=ratios(many, few), at_most=1.3)
        yield Figure(target="T7", what=f"  with {FEW_USERS:,} users", rounds=few, unit="ms", digits=3)
        yield Figure(target="T7", what=f"  with {options.users:,} users", rounds=many, unit="ms", digits=3)


def _fill(collection: str, users: int) -> None:
    """Users written past the ORM, half a million within a minute, under the indexes of the real collection."""
    from auth_project.accounts.models import User  # noqa: PLC0415
    from auth_project.mongodb import connection  # noqa: PLC0415

    connection().ensure_connection()
    indexes = connection().get_collection("users").index_information()
    for name, index in indexes.items():
        rest = {key: value for key, value in index.items() if key not in ("key", "v", "ns")}
        connection().get_collection(collection).create_index(index["key"], name=name, **rest)
    columns = [column for column in User._meta.concrete_fields if column.column != "_id"]
    template = {str(one.column): one.get_default() for one in columns}
    for first in range(0, users, 5_000):
        numbers = range(first, min(first + 5_000, users))
        connection().get_collection(collection).insert_many([template | _document(number) for number in numbers])


def _document(number: int) -> dict[str, Any]:
    name = f"user_{number:07}"
    email = f"{name}@example.org"
    return {"_id": number + 1, "username": name, "username_ci": name, "email": email, "email_ci": email}


def _ways() -> dict[str, Callable[[int], Any]]:
    from auth_project.accounts import selectors  # noqa: PLC0415

    return {
        "by username": lambda number: selectors.by_username(f"user_{number:07}"),
        "by e-mail": lambda number: selectors.by_email(f"user_{number:07}@example.org"),
        "by id": lambda number: selectors.by_id(number + 1),
    }


def _timed_in(collection: str, find: Callable[[int], Any], users: int) -> Callable[[], float]:
    """Its median in ms."""
    from auth_project.accounts.models import User  # noqa: PLC0415

    def measure() -> float:
        User._meta.db_table = collection
        for column in User._meta.concrete_fields:
            vars(column).pop("cached_col", None)  # in which Django keeps the table's name
        return statistics.median(_timed(find, _spread(users))) * 1_000

    return measure


def _spread(users: int) -> Iterator[int]:
    """Numbers all over the place, the same ones in every round."""
    return ((number * 7_919) % users for number in range(LOOK_UPS))


def _timed(find: Callable[[int], Any], numbers: Iterator[int]) -> list[float]:
    taken = []
    for number in numbers:
        started = time.perf_counter()
        assert find(number) is not None
        taken.append(time.perf_counter() - started)
    return taken


if __name__ == "__main__":
    sys.exit(main())
