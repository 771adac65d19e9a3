"""One service is dead, frozen or slow for minutes, and the other must go on as if nothing were.

The control takes away what the visitors do need, the database: they must notice, or nothing is measured here.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from shared.public_api import Person, PublicApi
from tools.chaos.clients import PASSWORD
from tools.chaos.proxy import Toxic
from tools.chaos.site import Site, Use, wait_until
from tools.chaos.visitors import Errand, Phase, Visitors

VISITORS = 4
CALM_SECONDS = 20.0
# An error later than this after the end of a fault is one that does not mend itself.
HEAL_SECONDS = 10.0
CATCH_UP_SECONDS = 120.0
# A second of waiting for the other service, and what a busy machine adds.
LONGEST_SECONDS = 1.5
# Memory and threads when it is over, of what they were.
MORE_AFTER = 1.1

Fault = Callable[[Site], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Course:
    """What was measured before, during and after; `caught_up` in seconds, of the events that waited; what the service
    took that was visited, before and after."""

    outage: str
    seconds: float
    before: Phase
    during: Phase
    after: Phase
    waiting: int
    caught_up: float
    use_before: Use
    use_after: Use
    promise: Callable[["Course"], bool] = field(repr=False)

    @property
    def slower(self) -> float:
        """How many times the 99th percentile of before."""
        calm = self.before.quantile(0.99)
        return self.during.quantile(0.99) / calm if calm else 0.0

    @property
    def is_kept(self) -> bool:
        return self.promise(self)


def nobody_notices(course: Course, *, slower: float) -> bool:
    """No failed request, none that waits longer than it may, a tail about as before, and nothing that piles up."""
    failed = course.during.failed + course.after.failed
    piled_up = (
        course.use_after.threads > course.use_before.threads * MORE_AFTER
        or course.use_after.megabytes > course.use_before.megabytes * MORE_AFTER
    )
    is_quick = course.during.longest <= LONGEST_SECONDS and course.slower <= slower
    # Where all were still waiting for what they asked before, nobody asked anything.
    return bool(course.during.seconds) and is_quick and not failed and not piled_up


def read_and_write(site: Site, person: Person, known: Sequence[str]) -> list[Errand]:
    """What somebody with a live token does at Posts. One post in four names somebody of whom only Auth could tell."""
    posts = site.posts_urls[0]

    def at(path: str, *, token: bool = True) -> Callable[[int], tuple[str, str, object, str]]:
        return lambda number: ("GET", f"{posts}{path}", None, person.access if token else "")

    def profile(number: int) -> tuple[str, str, object, str]:
        return "GET", f"{posts}/api/v1/profiles/{known[number % len(known)]}", None, ""

    def post(number: int) -> tuple[str, str, object, str]:
        named = f"@nobody_{secrets.token_hex(4)}" if not number % 4 else "nobody"
        return "POST", f"{posts}/api/v1/posts", {"text": f"number {number} for {named}"}, person.access

    return [
        Errand(name="public timeline", share=30, request=at("/api/v1/timelines/public", token=False)),
        Errand(name="home timeline", share=40, request=at("/api/v1/timelines/home")),
        Errand(name="profile", share=15, request=profile),
        Errand(name="post", share=15, request=post),
    ]


def sign_up_and_in(site: Site, person: Person, known: Sequence[str]) -> list[Errand]:
    """What somebody does at Auth."""
    auth, stem = site.auth_url, f"new_{secrets.token_hex(4)}"
    # Of somebody's sessions the oldest end when there are many: whoever signs in again and again holds no token.
    Person(api=person.api, username=stem, password=PASSWORD).sign_up()

    def register(number: int) -> tuple[str, str, object, str]:
        name = f"{stem}_{number}"
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        return "POST", f"{auth}/api/v1/auth/register", body, ""

    def log_in(number: int) -> tuple[str, str, object, str]:
        return "POST", f"{auth}/api/v1/auth/login", {"login": stem, "password": PASSWORD}, ""

    def change(number: int) -> tuple[str, str, object, str]:
        return "PATCH", f"{auth}/api/v1/users/me", {"bio": f"number {number}"}, person.access

    def look(number: int) -> tuple[str, str, object, str]:
        return "GET", f"{auth}/api/v1/users/{known[number % len(known)]}", None, ""

    return [
        Errand(name="register", share=15, request=register),
        Errand(name="log in", share=15, request=log_in),
        Errand(name="change", share=30, request=change),
        Errand(name="look", share=40, request=look),
    ]


@contextmanager
def dead(name: str, site: Site) -> Iterator[None]:
    site.kill(name)
    yield
    site.stack.start(name)


@contextmanager
def spoilt(toxic: Toxic, site: Site) -> Iterator[None]:
    """The way from Posts to Auth."""
    site.to_auth.toxic = toxic
    yield
    site.to_auth.toxic = Toxic()


def frozen(name: str, site: Site) -> AbstractContextManager[None]:
    return site.frozen(site.stack.children[name])


def frozen_postgres(site: Site) -> AbstractContextManager[None]:
    return site.frozen(site.postgres.child)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """:param visited: the service at which the visitors are."""

    name: str
    fault: Fault
    visited: str
    errands: Callable[[Site, Person, Sequence[str]], list[Errand]]
    slower: float

    def site(self, folder: Path) -> Site:
        return Site(folder)

    def run(
        self,
        site: Site,
        *,
        seconds: float,
        visitors: int = VISITORS,
        calm: float = CALM_SECONDS,
        heal: float = HEAL_SECONDS,
    ) -> Course:
        """Calm, the fault for so long, the time it takes to heal, calm again, and then what waited must arrive."""
        people = _people(site, visitors)
        known = [person.username for person in people]
        with Visitors([self.errands(site, person, known) for person in people]) as at_large:
            at_large.spend(calm / 4)
            before, use_before = at_large.spend(calm), site.use(self.visited)
            for person in people:
                person.sign_in()  # live for as long as tokens are
            with self.fault(site):
                during = at_large.spend(seconds)
                waiting = site.events_waiting()
            since = time.monotonic()
            at_large.spend(heal)
            for person in people:
                person.sign_in()  # it may have lasted longer than their tokens
            after, use_after = at_large.spend(heal), site.use(self.visited)
        wait_until(lambda: not site.events_waiting(), seconds=CATCH_UP_SECONDS)
        return Course(
            outage=self.name,
            seconds=seconds,
            before=before,
            during=during,
            after=after,
            waiting=waiting,
            caught_up=time.monotonic() - since,
            use_before=use_before,
            use_after=use_after,
            promise=partial(nobody_notices, slower=self.slower),
        )


AUTH_FROZEN = Outage(
    name="auth-frozen", fault=partial(frozen, "auth"), visited="posts", errands=read_and_write, slower=1.5
)
AUTH_DEAD = Outage(name="auth-dead", fault=partial(dead, "auth"), visited="posts", errands=read_and_write, slower=1.5)
AUTH_SLOW = Outage(
    name="auth-slow", fault=partial(spoilt, Toxic(delay=0.9)), visited="posts", errands=read_and_write, slower=1.5
)
AUTH_DRIPS = Outage(
    name="auth-drips", fault=partial(spoilt, Toxic(drip=1)), visited="posts", errands=read_and_write, slower=1.5
)
AUTH_SILENT = Outage(
    name="auth-silent",
    fault=partial(spoilt, Toxic(blackhole=True)),
    visited="posts",
    errands=read_and_write,
    slower=1.5,
)
POSTS_DEAD = Outage(name="posts-dead", fault=partial(dead, "posts"), visited="auth", errands=sign_up_and_in, slower=1.2)
POSTS_FROZEN = Outage(
    name="posts-frozen", fault=partial(frozen, "posts"), visited="auth", errands=sign_up_and_in, slower=1.2
)

OUTAGES = {
    one.name: one for one in (AUTH_FROZEN, AUTH_DEAD, AUTH_SLOW, AUTH_DRIPS, AUTH_SILENT, POSTS_DEAD, POSTS_FROZEN)
}
CONTROL = Outage(name="control", fault=frozen_postgres, visited="posts", errands=read_and_write, slower=1.5)


def _people(site: Site, count: int) -> list[Person]:
    """Who have written something each."""
    api = PublicApi(auth_url=site.auth_url, posts_url=site.posts_urls[0])
    people = [Person(api=api, username=f"v_{secrets.token_hex(4)}", password=PASSWORD) for _ in range(count)]
    for person in people:
        person.sign_up()
        person.call("POST", "/api/v1/posts", {"text": "the first"}).expect(201)
    return people
