"""A graph becomes people, follows and posts, through the public APIs alone.

Every step asks the services what is there already, so a load that was interrupted goes on where it stopped and one that
is complete changes nothing.
"""

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from posts_project.demo.graphs import Graph
from shared.public_api import Person, PublicApi

Item = TypeVar("Item")

MOST_MENTIONS = 5
POST_CHARACTERS = 256

_WORDS = (
    "rain", "coffee", "the", "library", "again", "tomorrow", "a", "window", "quiet", "people", "train", "late", "music",
    "and", "garden", "every", "book", "under", "light", "river", "with", "friends", "walking", "home", "small", "hours",
)  # fmt: skip


class Steps(Protocol):
    """Hears how far a phase has come."""

    def phase(self, name: str, total: int) -> Callable[[int], None]:
        """Called once a phase; what it returns is called with every number of steps done."""


@dataclass
class Loaded:
    """What a load found to do."""

    registered: int = 0
    known: int = 0
    follows: int = 0
    posts: int = 0


@dataclass(kw_only=True)
class Loader:
    """Loads `graph`; `prefix` and a person's name in the graph make the username."""

    api: PublicApi
    graph: Graph
    posts_each: int
    seed: int
    prefix: str
    password: str
    threads: int
    steps: Steps
    loaded: Loaded = field(default_factory=Loaded)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Loaded:
        """:raises ApiError: a service refused, or did not answer for long; what was done stays done."""
        names = list(self.graph.friends)
        people = {name: Person(api=self.api, username=self.username(name), password=self.password) for name in names}
        with ThreadPoolExecutor(self.threads) as pool:
            self._phase(pool, "people", names, lambda name: self._sign_up(people[name]), total=len(names))
            self._phase(pool, "follows", names, lambda name: self._follow(people[name], name), total=self.graph.follows)
            self._post_in_rounds(pool, people)
        return self.loaded

    def username(self, name: str) -> str:
        return f"{self.prefix}{name}".lower()

    def _sign_up(self, person: Person) -> int:
        is_new = person.sign_up()
        self._count(registered=int(is_new), known=int(not is_new))
        return 1

    def _follow(self, person: Person, name: str) -> int:
        friends = self.graph.friends[name]
        if self._whole_profile(person)["counts"]["following"] >= len(friends):
            return len(friends)
        for friend in friends:
            person.call("PUT", f"/api/v1/profiles/{self.username(friend)}/follow").expect(200)
        self._count(follows=len(friends))
        return len(friends)

    def _post_in_rounds(self, pool: ThreadPoolExecutor, people: dict[str, Person]) -> None:
        """One post each, then the next: timelines mix as they do in life. Who has posts already sits the first out."""
        written = {name: self._whole_profile(person)["counts"]["posts"] for name, person in people.items()}
        turns = [(number, name) for number in range(self.posts_each) for name in people if number >= written[name]]

        def post(turn: tuple[int, str]) -> int:
            number, name = turn
            people[name].call("POST", "/api/v1/posts", {"text": self.text(name, number)}).expect(201)
            self._count(posts=1)
            return 1

        self._phase(pool, "posts", turns, post, total=len(turns))

    def text(self, name: str, number: int) -> str:
        """The `number`th post of `name`: words up to 256 characters, and up to five friends by name."""
        chance = random.Random(f"{self.seed}/{name}/{number}")  # noqa: S311 - a made-up text, not a secret
        friends = self.graph.friends[name]
        mentioned = chance.sample(friends, min(len(friends), chance.randint(0, MOST_MENTIONS)))
        text = " ".join(f"@{self.username(friend)}" for friend in mentioned)
        while len(longer := f"{text} {chance.choice(_WORDS)}".strip()) <= POST_CHARACTERS:
            text = longer
        return text

    def _count(self, **found: int) -> None:
        with self._counting:
            for name, more in found.items():
                setattr(self.loaded, name, getattr(self.loaded, name) + more)

    def _whole_profile(self, person: Person) -> dict[str, Any]:
        return person.call("GET", f"/api/v1/profiles/{person.username}").expect(200).body

    def _phase(
        self, pool: ThreadPoolExecutor, name: str, items: Iterable[Item], work: Callable[[Item], int], *, total: int
    ) -> None:
        advance = self.steps.phase(name, total)
        for done in _in_parallel(pool, work, items, at_once=self.threads * 2):
            advance(done)


def _in_parallel(
    pool: ThreadPoolExecutor, work: Callable[[Item], int], items: Iterable[Item], *, at_once: int
) -> Iterator[int]:
    """`work` of each item as it gets done; the first failure ends the rest. Only `at_once` items wait in the pool."""
    pending: set[Future[int]] = set()
    for item in items:
        pending.add(pool.submit(work, item))
        if len(pending) >= at_once:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
    for future in pending:
        yield future.result()
