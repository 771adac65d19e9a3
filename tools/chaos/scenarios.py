"""Each does one thing to the site again and again while clients write, and says what must then be true.

A control is the same without the very thing that keeps the promise: it must break it, or the harness sees nothing.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from shared.public_api import Person, PublicApi
from tools.chaos import checks, faults
from tools.chaos.clients import PASSWORD, Account, Call, Client, Renewing, Router
from tools.chaos.faults import QUIET_SECONDS, Faults
from tools.chaos.site import Site

CLIENTS = 4


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


def told_at_once(outcome: Outcome) -> bool:
    """What failed was refused in words that say: later."""
    return nothing_lost(outcome) and set(outcome.failed) <= {"503 service_unavailable"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """:param registers: clients register people; else they write posts. :param keyed: with an Idempotency-Key each.
    :param deaf_every: of so many calls one is sent and its answer not waited for. :param hands_out: what is written
        must reach all followers, by jobs. :param at_entry: clients come through the network before Auth.
    :param renews_every: seconds after which every second client has another access token.
    """

    name: str
    faults: Faults
    promise: Callable[[Outcome], bool] = nothing_lost
    registers: bool = False
    keyed: bool = True
    deaf_every: int = 0
    hands_out: bool = False
    at_entry: bool = False
    renews_every: float = 0.0
    three_nodes: bool = False
    small_disk: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)

    def site(self, folder: Path) -> Site:
        """What it needs to be run on."""
        return Site(
            folder,
            three_nodes=self.three_nodes,
            small_disk=self.small_disk,
            settings=self.settings,
            modules=self.modules,
        )

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
        accounts = _accounts(site, clients, renews_every=self.renews_every)
        if self.hands_out:
            _follow_each_other(accounts)
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
        router = cleanup.enter_context(Router([site.entry.url if self.at_entry else site.auth_url]))
        return [
            Client(router=router, calls=partial(_registration, _new_name("new")), token=None, keyed=self.keyed)
            for _ in range(clients)
        ]

    def _outcome(self, site: Site, writers: Sequence[Client], times: int, worst_exit: float) -> Outcome:
        promised = [label for writer in writers for label in writer.acknowledged]
        found = Counter(site.users() if self.registers else checks.texts(site))
        return Outcome(
            scenario=self.name,
            faults=times,
            requests=sum(writer.requests for writer in writers),
            failed=sum((writer.failed for writer in writers), Counter()),
            acknowledged=len(promised),
            lost=[label for label in promised if not found[label]],
            doubled=[label for label in promised if found[label] > 1],
            half_written=self._half_written(site, promised),
            worst_exit=worst_exit,
            worst_wait=max(writer.longest_wait for writer in writers),
            promise=self.promise,
        )

    def _half_written(self, site: Site, promised: Sequence[str]) -> list[str]:
        if self.registers:
            return checks.unknown_to_posts(site, promised)
        return checks.miscounted(site) + (checks.not_handed_out(site) if self.hands_out else [])


# Everything is handed out by jobs, however few follow, and stays.
_BY_JOBS = {"FANOUT_INLINE_FOLLOWERS": "0", "TIMELINE_ENTRIES": "1000000"}

ROLLING = Scenario(name="rolling", faults=faults.rolling_restarts, promise=nobody_failed)
PROCESS = Scenario(name="process", faults=faults.killed_processes)
AUTH_PROCESS = Scenario(name="auth-process", faults=faults.killed_processes_of_auth, registers=True)
RELAY = Scenario(name="relay", faults=faults.killed_workers("auth-worker"), registers=True)
JOBS = Scenario(name="jobs", faults=faults.killed_workers("posts-worker"), hands_out=True, settings=_BY_JOBS)
POSTGRES = Scenario(name="postgres", faults=faults.killed_postgres)
CONNECTIONS = Scenario(name="connections", faults=faults.cut_connections)
EXHAUSTED = Scenario(name="exhausted", faults=faults.exhausted_connections, promise=told_at_once)
DISK = Scenario(name="disk", faults=faults.full_disks, small_disk=True)
MONGO = Scenario(name="mongo", faults=faults.killed_mongo, registers=True)
PRIMARY = Scenario(name="primary", faults=faults.killed_primaries, registers=True, three_nodes=True)
FROZEN = Scenario(name="frozen", faults=faults.frozen_primaries, registers=True, three_nodes=True)
MAJORITY = Scenario(name="majority", faults=faults.lost_majorities, registers=True, three_nodes=True)
ANSWER = Scenario(name="answer", faults=faults.lost_answers, deaf_every=5)
CUT = Scenario(name="cut", faults=faults.cut_answers, registers=True, at_entry=True)
EVENTS = Scenario(name="events", faults=faults.spoilt_deliveries, registers=True)

# In seconds what takes minutes: a new key waits for 15 s, and Posts reads the set every 5 s.
_QUICK_KEYS = {"SIGNING_KEY_LEAD_SECONDS": "15", "AUTH_KEYS_REFRESH_SECONDS": "5"}
# It waits for a second, and of Posts nobody reads the set unasked meanwhile.
_HASTY_KEYS = {"SIGNING_KEY_LEAD_SECONDS": "1", "AUTH_KEYS_REFRESH_SECONDS": "300"}
ROTATION = Scenario(
    name="rotation", faults=faults.rotated_keys, promise=nobody_failed, renews_every=0.5, settings=_QUICK_KEYS
)

SCENARIOS = {
    one.name: one
    for one in (
        ROLLING, PROCESS, AUTH_PROCESS, RELAY, JOBS, POSTGRES, CONNECTIONS, EXHAUSTED, DISK, MONGO, PRIMARY, FROZEN,
        MAJORITY, ANSWER, CUT, EVENTS, ROTATION,
    )
}  # fmt: skip
CONTROLS = {
    "rolling": replace(ROLLING, name="rolling-control", faults=faults.restarts_without_a_word),
    "postgres": replace(POSTGRES, name="postgres-control", faults=faults.killed_postgres_that_answers_early),
    "primary": replace(PRIMARY, name="primary-control", modules={"auth": "tools.chaos.weak_auth"}),
    "answer": replace(ANSWER, name="answer-control", keyed=False),
    "rotation": replace(ROTATION, name="rotation-control", settings=_HASTY_KEYS),
    "events": replace(EVENTS, name="events-control", modules={"auth": "tools.chaos.hasty_auth"}),
}


def _accounts(site: Site, clients: int, *, renews_every: float) -> list[Account]:
    api = PublicApi(auth_url=site.auth_url, posts_url=site.posts_urls[0])
    people = [Person(api=api, username=_new_name("writer"), password=PASSWORD) for _ in range(clients)]
    return [
        Renewing(person, every=renews_every) if renews_every and number % 2 else Account(person)
        for number, person in enumerate(people)
    ]


def _follow_each_other(accounts: Sequence[Account]) -> None:
    people = [account.person for account in accounts]
    for person in people:
        person.call("GET", "/api/v1/timelines/home").expect(200)
    for person in people:
        for other in people:
            if other is not person:
                person.call("PUT", f"/api/v1/profiles/{other.username}/follow").expect(200)


def _new_name(stem: str) -> str:
    return f"{stem}_{secrets.token_hex(4)}"


def _post(author: str, number: int) -> Call:
    text = f"{author} writes number {number}"
    return Call(label=text, path="/api/v1/posts", body={"text": text})


def _registration(stem: str, number: int) -> Call:
    name = f"{stem}_{number}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return Call(label=name, path="/api/v1/auth/register", body=body)
