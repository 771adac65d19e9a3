"""A real database, Auth as a fake at the edge, tokens by a key of the tests, jobs run by hand."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.test import Client, TransactionTestCase
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from posts_project import auth_client, authentication
from posts_project.feeds import home, selectors
from posts_project.feeds.services import owners
from posts_project.feeds.tasks import TooEarly
from posts_project.profiles.services.apply import apply_state
from posts_project.revocations import live
from posts_project.stream import hub
from shared.jwks import StaticKeys
from shared.keys import public_jwk
from tests.posts.emptying import empty_database
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import TEST_KEY, Person, Visitor, access_token, user

MOST_TRIES = 1_000


class StillFollower(live.Follower):
    """Revocations as the database has them, looked up when told to, without a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.known = live.RevocationList()

    def current(self) -> live.RevocationList:
        return self.known


class StillHub(hub.Hub):
    """Streams as the tests put into them: nobody listens, and no time passes."""

    def _start(self) -> None:
        self._listens.set()


class JobRunner:
    """Turns the crank of the queue by hand."""

    def run(self, *, by: datetime | None = None) -> list[str]:
        """Run what is due `by` then (now), and what that queues, until nothing is; the names in order."""
        done = []
        while job := self._due(by or timezone.now()).first():
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.id])
            self._run(app.tasks[job.task_name].func, job.args)
            done.append(job.task_name)
        return done

    def _due(self, moment: datetime) -> QuerySet[ProcrastinateJob]:
        is_due = Q(scheduled_at__isnull=True) | Q(scheduled_at__lte=moment)
        return ProcrastinateJob.objects.filter(is_due, status="todo").order_by("-priority", "id")

    def _run(self, job: Callable[..., None], arguments: dict[str, Any]) -> None:
        """What is too early is tried again, as the worker would."""
        for _ in range(MOST_TRIES):
            try:
                return job(**arguments)
            except TooEarly:
                time.sleep(0.05)
        raise TooEarly

    def queued(self) -> list[str]:
        return list(ProcrastinateJob.objects.filter(status="todo").order_by("id").values_list("task_name", flat=True))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Where fifty threads share four connections on a busy machine, waiting for one is no failure."""
    connection.settings_dict["OPTIONS"]["pool"]["timeout"] = 15


@pytest.fixture(scope="session", autouse=True)
def _emptied_our_way() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_database())
        yield


@pytest.fixture(autouse=True)
def auth() -> Iterator[FakeAuthClient]:
    fake = FakeAuthClient()
    auth_client.use(fake)
    authentication.trust(StaticKeys({public_jwk(TEST_KEY)["kid"]: TEST_KEY.public_key()}))
    yield fake
    auth_client.use(None)


@pytest.fixture(params=[1, home.MOST_WALKED])
def merged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways of merging pulled authors: by looking at each, but for the first entry of all, and by walking."""
    monkeypatch.setattr(home, "MOST_WALKED", request.param)
    selectors._home.cache_clear()
    yield
    selectors._home.cache_clear()


@pytest.fixture(autouse=True)
def revocations(monkeypatch: pytest.MonkeyPatch) -> live.RevocationList:
    follower = StillFollower()
    monkeypatch.setattr(live, "follower", follower)
    return follower.known


@pytest.fixture(autouse=True)
def streams(monkeypatch: pytest.MonkeyPatch) -> StillHub:
    still = StillHub()
    monkeypatch.setattr(hub, "hub", still)
    return still


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    cache.clear()
    owners.recently_seen.clear()


@pytest.fixture(autouse=True)
def _generous_limits(settings: Any) -> None:
    """Some tests write thousands of times; those of limits set their own."""
    settings.RATE_LIMIT_SCALE = 1_000_000


@pytest.fixture
def jobs(db: None) -> JobRunner:
    return JobRunner()


@pytest.fixture
def person(db: None) -> Callable[..., Person]:
    """Makes people whose profile is known here."""

    def make(username: str, **changes: Any) -> Person:
        state = user(username, **changes)
        apply_state(state, version=1)
        return signed_in(state)

    return make


def signed_in(state: Any) -> Person:
    return Person(token=access_token(state.id, state.username), client=Client(), user=state)


@pytest.fixture
def newcomer(db: None) -> Callable[..., Person]:
    """Makes people who hold a token but whom Posts has not heard of."""
    return lambda username, **changes: signed_in(user(username, **changes))


@pytest.fixture
def ada(person: Callable[..., Person]) -> Person:
    return person("ada")


@pytest.fixture
def bob(person: Callable[..., Person]) -> Person:
    return person("bob")


@pytest.fixture
def cat(person: Callable[..., Person]) -> Person:
    return person("cat")


@pytest.fixture
def anyone(db: None) -> Visitor:
    return Visitor()
