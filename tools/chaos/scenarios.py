"""Each does one thing to the site again and again while clients write, and says what must then be true.

A control is the same without the very thing that keeps the promise: it must break it, or the harness sees nothing.
"""

import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from shared.public_api import Person, PublicApi
from tools.chaos.clients import PASSWORD, Account, Call, Client, Router
from tools.chaos.site import Site
from tools.devstack.mongo import Mongo
from tools.devstack.postgres import Postgres

CLIENTS = 4
QUIET_SECONDS = 1.0
SETTLE_SECONDS = 20.0

Faults = Callable[[Site, int], float]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run; `worst_exit` and `worst_wait` in seconds."""

    scenario: str
    faults: int
    requests: int
    failed: Counter[str]
    acknowledged: int
    lost: list[str]
    doubled: list[str]
    half_written: list[str]
    worst_exit: float
    worst_wait: float
    promise: Callable[["Outcome"], bool] = field(repr=False)

    @property
    def is_kept(self) -> bool:
        return self.promise(self)


def nothing_lost(outcome: Outcome) -> bool:
    return not (outcome.lost or outcome.doubled or outcome.half_written)


def nobody_failed(outcome: Outcome) -> bool:
    return nothing_lost(outcome) and not outcome.failed and outcome.worst_exit <= 10


def rolling_restarts(site: Site, times: int) -> float:
    return max(_restart(site, number, signal.SIGTERM) for number in range(times))


def restarts_without_a_word(site: Site, times: int) -> float:
    return max(_restart(site, number, signal.SIGKILL) for number in range(times))


def killed_processes(site: Site, times: int) -> float:
    for number in range(times):
        site.kill_one_process(_instance(number))
        # granian takes two ends of one process within 5.5 s for a loop of crashes.
        time.sleep(3)
    return 0.0


def killed_postgres(site: Site, times: int) -> float:
    return _killed(site, site.postgres, times)


def killed_postgres_that_answers_early(site: Site, times: int) -> float:
    site.sql("ALTER SYSTEM SET synchronous_commit = off")
    site.sql("SELECT pg_reload_conf()")
    return killed_postgres(site, times)


def lost_answers(site: Site, times: int) -> float:
    """The clients do it themselves."""
    time.sleep(times)
    return 0.0


def killed_mongo(site: Site, times: int) -> float:
    return _killed(site, site.mongo, times)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    name: str
    faults: Faults
    promise: Callable[[Outcome], bool]
    registers: bool = False
    keyed: bool = True
    deaf_every: int = 0

    def run(self, site: Site, *, times: int, clients: int = CLIENTS) -> Outcome:
        """Clients write while the faults happen, complete what they are at, and then everything is counted."""
        with ExitStack() as cleanup:
            writers = (self._registering if self.registers else self._posting)(site, clients, cleanup)
            for writer in writers:
                writer.start()
            time.sleep(QUIET_SECONDS)
            worst_exit = self.faults(site, times)
            time.sleep(QUIET_SECONDS)
            for writer in writers:
                writer.finish()
            for writer in writers:
                writer.join()
        return self._outcome(site, writers, times, worst_exit)

    def _posting(self, site: Site, clients: int, cleanup: ExitStack) -> list[Client]:
        router = cleanup.enter_context(Router(site.posts_urls))
        api = PublicApi(auth_url=site.auth_url, posts_url=site.posts_urls[0])
        accounts = [Account(Person(api=api, username=_new_name("writer"), password=PASSWORD)) for _ in range(clients)]
        return [
            Client(
                router=router,
                calls=partial(_post, account.person.username),
                token=account.token,
                keyed=self.keyed,
                deaf_every=self.deaf_every,
            )
            for account in accounts
        ]

    def _registering(self, site: Site, clients: int, cleanup: ExitStack) -> list[Client]:
        router = cleanup.enter_context(Router([site.auth_url]))
        return [
            Client(router=router, calls=partial(_registration, _new_name("new")), token=None, keyed=self.keyed)
            for _ in range(clients)
        ]

    def _outcome(self, site: Site, writers: Sequence[Client], times: int, worst_exit: float) -> Outcome:
        promised = [label for writer in writers for label in writer.acknowledged]
        found = Counter(site.users() if self.registers else _texts(site))
        return Outcome(
            scenario=self.name,
            faults=times,
            requests=sum(writer.requests for writer in writers),
            failed=sum((writer.failed for writer in writers), Counter()),
            acknowledged=len(promised),
            lost=[label for label in promised if not found[label]],
            doubled=[label for label in promised if found[label] > 1],
            half_written=_unknown_to_posts(site, promised) if self.registers else _miscounted(site),
            worst_exit=worst_exit,
            worst_wait=max(writer.longest_wait for writer in writers),
            promise=self.promise,
        )


ROLLING = Scenario(name="rolling", faults=rolling_restarts, promise=nobody_failed)
PROCESS = Scenario(name="process", faults=killed_processes, promise=nothing_lost)
POSTGRES = Scenario(name="postgres", faults=killed_postgres, promise=nothing_lost)
MONGO = Scenario(name="mongo", faults=killed_mongo, promise=nothing_lost, registers=True)

ANSWER = Scenario(name="answer", faults=lost_answers, promise=nothing_lost, deaf_every=5)

SCENARIOS = {one.name: one for one in (ROLLING, PROCESS, POSTGRES, MONGO, ANSWER)}
CONTROLS = {
    "rolling": replace(ROLLING, name="rolling-control", faults=restarts_without_a_word),
    "postgres": replace(POSTGRES, name="postgres-control", faults=killed_postgres_that_answers_early),
    "answer": replace(ANSWER, name="answer-control", keyed=False),
}


def _killed(site: Site, server: Mongo | Postgres, times: int) -> float:
    for _ in range(times):
        site.kill_database(server)
        time.sleep(QUIET_SECONDS)
    return 0.0


def _restart(site: Site, number: int, by: signal.Signals) -> float:
    took = site.restart(_instance(number), by=by)
    time.sleep(QUIET_SECONDS)  # until the router knows that it is back
    return took


def _new_name(stem: str) -> str:
    return f"{stem}_{secrets.token_hex(4)}"


def _instance(number: int) -> str:
    return ("posts", "posts-2")[number % 2]


def _post(author: str, number: int) -> Call:
    text = f"{author} writes number {number}"
    return Call(label=text, path="/api/v1/posts", body={"text": text})


def _registration(stem: str, number: int) -> Call:
    name = f"{stem}_{number}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return Call(label=name, path="/api/v1/auth/register", body=body)


def _texts(site: Site) -> Iterable[str]:
    return [str(text) for (text,) in site.sql("SELECT text FROM post")]


def _miscounted(site: Site) -> list[str]:
    """Authors whose number of posts is not the number of their posts."""
    rows = site.sql("""
        SELECT a.username FROM profile a
        WHERE (SELECT count(*) FROM post p WHERE p.author_id = a.id)
            <> (SELECT coalesce(sum(c.posts), 0) FROM profile_count c WHERE c.profile_id = a.id)
    """)
    return [str(name) for (name,) in rows]


def _unknown_to_posts(site: Site, names: Sequence[str]) -> list[str]:
    """Of people who registered, those of whom Posts has not been told after a while."""
    ends_at = time.monotonic() + SETTLE_SECONDS
    while True:
        known = {name for (name,) in site.sql("SELECT username FROM profile WHERE username = ANY(%s)", list(names))}
        missing = [name for name in names if name not in known]
        if not missing or time.monotonic() > ends_at:
            return missing
        time.sleep(0.2)
