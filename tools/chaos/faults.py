"""What is done to a site, `times` times; each returns the seconds of the longest end of a process that was asked to."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from tools.chaos.proxy import Toxic
from tools.chaos.site import Site
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres

QUIET_SECONDS = 1.0
# granian takes two ends of one process within 5.5 s for a loop of crashes.
RESPAWN_SECONDS = 3.0
# Shorter than a primary takes to notice that it is alone, and to give up.
ALONE_SECONDS = 1.0
FROZEN_SECONDS = 20.0
WITHOUT_MAJORITY_SECONDS = 5.0
EXHAUSTED_SECONDS = 5.0

Faults = Callable[[Site, int], float]


def rolling_restarts(site: Site, times: int) -> float:
    return max(_restart(site, _instance(number), signal.SIGTERM) for number in range(times))


def restarts_without_a_word(site: Site, times: int) -> float:
    return max(_restart(site, _instance(number), signal.SIGKILL) for number in range(times))


def killed_processes(site: Site, times: int) -> float:
    for number in range(times):
        site.kill_one_process(_instance(number))
        time.sleep(RESPAWN_SECONDS)
    return 0.0


def killed_processes_of_auth(site: Site, times: int) -> float:
    for _ in range(times):
        site.kill_one_process("auth")
        time.sleep(2 * RESPAWN_SECONDS)
    return 0.0


def killed_workers(name: str) -> Faults:
    """A worker of that name, which a supervisor starts again."""

    def killed(site: Site, times: int) -> float:
        return max(_restart(site, name, signal.SIGKILL) for _ in range(times))

    return killed


def killed_postgres(site: Site, times: int) -> float:
    return _killed(site, site.postgres, times)


def killed_postgres_that_answers_early(site: Site, times: int) -> float:
    site.sql("ALTER SYSTEM SET synchronous_commit = off")
    site.sql("SELECT pg_reload_conf()")
    return killed_postgres(site, times)


def cut_connections(site: Site, times: int) -> float:
    """PostgreSQL ends every connection but ours, in the middle of whatever is done on it."""
    for _ in range(times):
        site.sql("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
        time.sleep(QUIET_SECONDS)
    return 0.0


def exhausted_connections(site: Site, times: int) -> float:
    """Strangers take every connection that PostgreSQL has, for a while."""
    for _ in range(times):
        taken: list[psycopg.Connection[tuple[object, ...]]] = []
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(psycopg.connect(site.stack.databases.postgres_url))
        time.sleep(EXHAUSTED_SECONDS)
        for connection in taken:
            connection.close()
        time.sleep(QUIET_SECONDS)
    return 0.0


def killed_mongo(site: Site, times: int) -> float:
    return _killed(site, site.mongo, times)


def killed_primaries(site: Site, times: int) -> float:
    """The others die, a second later the primary, which comes back when those have gone on without it."""
    for _ in range(times):
        primary, others = site.replica_set.primary(), site.replica_set.secondaries()
        for node in others:
            site.replica_set.kill(node)
        time.sleep(ALONE_SECONDS)
        site.replica_set.kill(primary)
        for node in others:
            site.replica_set.start(node)
        site.replica_set.primary()
        time.sleep(RESPAWN_SECONDS)
        site.replica_set.start(primary)
        site.replica_set.wait_until_whole()
    return 0.0


def frozen_primaries(site: Site, times: int) -> float:
    for _ in range(times):
        with site.replica_set.frozen([site.replica_set.primary()]):
            time.sleep(FROZEN_SECONDS)
        site.replica_set.wait_until_whole()
    return 0.0


def lost_majorities(site: Site, times: int) -> float:
    for _ in range(times):
        dead = [site.replica_set.primary(), site.replica_set.secondaries()[0]]
        for node in dead:
            site.replica_set.kill(node)
        time.sleep(WITHOUT_MAJORITY_SECONDS)
        for node in dead:
            site.replica_set.start(node)
        site.replica_set.wait_until_whole()
    return 0.0


def rotated_keys(site: Site, times: int) -> float:
    """The key of access tokens changes; each time the next one waits until the last one signs."""
    for _ in range(times):
        site.manage("auth", "rotate_signing_key", "--wait")
        time.sleep(QUIET_SECONDS)
    return 0.0


def lost_answers(site: Site, times: int) -> float:
    """The clients do it themselves."""
    time.sleep(times)
    return 0.0


def cut_answers(site: Site, times: int) -> float:
    """Three of ten requests arrive and their connection ends before the answer."""
    site.entry.toxic = Toxic(cut=0.3)
    time.sleep(times)
    site.entry.toxic = Toxic()
    return 0.0


def spoilt_deliveries(site: Site, times: int) -> float:
    """Of Auth's deliveries some never arrive, and some do whose answers never come back."""
    site.to_posts.toxic = Toxic(reset=0.2, cut=0.3)
    time.sleep(times)
    site.to_posts.toxic = Toxic()
    return 0.0


def full_disks(site: Site, times: int) -> float:
    """PostgreSQL's disk, a small one, is full for a while; it is started again if it ended."""
    ballast = site.postgres.folder / "ballast"
    for _ in range(times):
        _fill(ballast)
        time.sleep(EXHAUSTED_SECONDS)
        ballast.unlink()
        time.sleep(QUIET_SECONDS)
        site.start_again_if_ended(site.postgres)
        time.sleep(QUIET_SECONDS)
    return 0.0


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        size = 1024 * 1024
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2


def _killed(site: Site, server: Mongo | Postgres, times: int) -> float:
    for _ in range(times):
        site.kill_database(server)
        time.sleep(QUIET_SECONDS)
    return 0.0


def _restart(site: Site, name: str, by: signal.Signals) -> float:
    took = site.restart(name, by=by)
    time.sleep(QUIET_SECONDS)  # until the router knows that it is back
    return took


def _instance(number: int) -> str:
    return ("posts", "posts-2")[number % 2]
