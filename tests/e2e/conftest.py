"""Two live services with their workers, on real databases, reached by HTTP alone."""

import functools
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from shared.public_api import Person, PublicApi
from tests.otlp import Collector
from tools.devstack.stack import Stack

ROOT = Path(__file__).parents[2]
PASSWORD = "seven quiet otters paint"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# In seconds what takes minutes: a new key of access tokens waits until everybody has it, then it signs.
QUICK_KEYS = {"SIGNING_KEY_LEAD_SECONDS": "2", "AUTH_KEYS_REFRESH_SECONDS": "1"}

_numbers = itertools.count()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data_dir: Path = tmp_path_factory.mktemp("stack")
    with Stack.on_free_ports(data_dir, settings=QUICK_KEYS) as stack:
        yield stack


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="session")
def watched_stack(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One with JSON logs, spans that go to `collector`, and databases of its own, whose logs it has."""
    settings = {
        "LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with Stack.on_free_ports(tmp_path_factory.mktemp("watched"), settings=settings, own_databases=True) as stack:
        yield stack


@pytest.fixture(scope="session")
def api(stack: Stack) -> PublicApi:
    return PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url, pool=64)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when it asks for anything that is not there or breaks its own policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


@pytest.fixture(scope="session")
def administrator(stack) -> str:
    command = [sys.executable, "manage_auth.py", "create_staff", "chief", "chief@example.org", "--superuser"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=environment | stack.environment,
        input=f"{PASSWORD}\n",
        text=True,
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert PASSWORD not in result.stdout + result.stderr
    return "chief"


@pytest.fixture
def unused_name() -> Callable[[str], str]:
    """A username nobody has, that begins like the one given."""
    return lambda stem: f"{stem}_{next(_numbers)}{secrets.token_hex(3)}"


@pytest.fixture
def sign_up(api: PublicApi, unused_name: Callable[[str], str]) -> Callable[..., Person]:
    """Somebody new, by the public API."""

    def _sign_up(stem: str, **profile: Any) -> Person:
        person = Person(api=api, username=unused_name(stem), password=PASSWORD)
        assert person.sign_up(**profile)
        return person

    return _sign_up


@pytest.fixture(scope="session")
def _somebody(api: PublicApi) -> Person:
    person = Person(api=api, username=f"somebody_{secrets.token_hex(3)}", password=PASSWORD)
    assert person.sign_up()
    return person


@pytest.fixture
def somebody(_somebody: Person) -> Person:
    """One person for all tests that change nothing: signing up costs a password hash each time."""
    _somebody.call("GET", "/api/v1/users/me").expect(200)  # renews a token that has run out meanwhile
    return _somebody


@pytest.fixture
def ada(sign_up: Callable[..., Person]) -> Person:
    return sign_up("ada")


@pytest.fixture
def bob(sign_up: Callable[..., Person]) -> Person:
    return sign_up("bob")


@pytest.fixture
def manage_auth(stack: Stack) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`manage_auth.py` as somebody beside the running stack would call it."""
    return functools.partial(_manage, "manage_auth.py", stack)


@pytest.fixture
def manage_posts(stack: Stack) -> Callable[..., subprocess.CompletedProcess[str]]:
    return functools.partial(_manage, "manage_posts.py", stack)


def _manage(program: str, stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, program, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment | stack.environment, capture_output=True, text=True, timeout=120
    )


def eventually(condition: Callable[[], Any], *, seconds: float = 10.0) -> float:
    """Wait for `condition`; return how many seconds it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not come true in time"
        time.sleep(0.02)
    return time.monotonic() - started
