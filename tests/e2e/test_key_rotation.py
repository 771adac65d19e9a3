"""Keys change while people come with tokens: nobody is refused on the way, and whoever holds an old key is."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.key_files import LOOK_EVERY_SECONDS
from shared.keys import load_key_set, load_private_key, public_jwk
from shared.public_api import Person, PublicApi
from tests.e2e.conftest import ROOT, eventually
from tools.devstack.stack import Stack

pytestmark = pytest.mark.slow

HOME, ME = "/api/v1/timelines/home", "/api/v1/users/me"
ROTATIONS = 3
# Of a step that asks the other service.
TRIES = 4


class Callers:
    """One thread for each service, which goes there again and again with the token of the moment."""

    def __init__(self, person: Person) -> None:
        self._person, self._over = person, threading.Event()
        self.answers: Counter[tuple[str, int]] = Counter()

    @contextmanager
    def at_large(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._call, args=[path]) for path in (HOME, ME)]
        threads.append(threading.Thread(target=self._renew))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _call(self, path: str) -> None:
        while not self._over.wait(0.02):
            self.answers[path, self._person.api.call("GET", path, token=self._person.access).status] += 1

    def _renew(self) -> None:
        while not self._over.wait(0.1):
            self._person.renew()


def published(api: PublicApi) -> list[str]:
    return [key["kid"] for key in api.call("GET", "/.well-known/jwks.json").body["keys"]]


def pass_by(stack: Stack, time_passed: timedelta) -> None:
    """As if all that is known of keys had happened so much earlier."""
    with MongoClient[dict[str, Any]](stack.databases.mongodb_url) as client:
        earlier = {"$subtract": ["$signs_from", time_passed.total_seconds() * 1000]}
        client.get_default_database()["signing_keys"].update_many({}, [{"$set": {"signs_from": earlier}}])


def refused_calls(stack: Stack) -> list[str]:
    """Of those between the services, as their logs have them."""
    lines = [line for name in ("auth", "posts") for line in (stack.logs / f"{name}.log").read_text().splitlines()]
    return [line for line in lines if "/internal/" in line and "status=401" in line]


def test_nobody_is_refused_while_the_signing_key_changes_and_an_old_one_is_refused_by_both_in_the_end(
    sign_up: Callable[..., Person], api: PublicApi, stack: Stack, manage_auth: Callable[..., Any]
) -> None:
    ada, known = sign_up("ada"), set(published(api))
    callers, old_token = Callers(ada), ada.access

    with callers.at_large():
        for _ in range(ROTATIONS):
            rotated = manage_auth("rotate_signing_key", "--wait")
            assert rotated.returncode == 0, rotated.stderr

    assert len(set(published(api)) - known) == ROTATIONS
    assert {status for _, status in callers.answers} == {200}
    assert min(callers.answers[path, 200] for path in (HOME, ME)) > 100
    assert [api.call("GET", path, token=old_token).status for path in (HOME, ME)] == [200, 200]

    pass_by(stack, timedelta(minutes=6))

    for path in (ME, HOME):
        eventually(lambda path=path: api.call("GET", path, token=old_token).status == 401, seconds=5)
        assert api.call("GET", path, token=old_token).code == "token_invalid"


def test_a_leaked_key_is_refused_by_both_within_a_second_and_people_stay_signed_in(
    sign_up: Callable[..., Person], api: PublicApi, manage_auth: Callable[..., Any]
) -> None:
    cat = sign_up("cat")
    token = cat.access
    assert [api.call("GET", path, token=token).status for path in (HOME, ME)] == [200, 200]

    assert manage_auth("rotate_signing_key", "--emergency").returncode == 0

    # A second is the promise, of which a part went by while the command ended; the half is for a busy machine.
    assert eventually(lambda: api.call("GET", HOME, token=token).status == 401) < 1.5
    assert eventually(lambda: api.call("GET", ME, token=token).status == 401) < 1.5
    assert [cat.call("GET", path).status for path in (HOME, ME)] == [200, 200]
    assert cat.access != token


def test_service_keys_change_without_a_restart_and_without_a_refused_call(
    sign_up: Callable[..., Person], api: PublicApi, stack: Stack
) -> None:
    """Auth tells who is called what, and Posts asks who somebody is that a post names."""
    dan, refused_before = sign_up("dan"), refused_calls(stack)
    files = {name: _files(stack, name) for name in ("auth", "posts")}
    profile = f"/api/v1/profiles/{dan.username}"
    kids = {name: _kid(own) for name, (own, _) in files.items()}

    for step in ("begin", "switch"):
        _rotate_both(stack, step, files)
        time.sleep(LOOK_EVERY_SECONDS)
        dan.call("PATCH", "/api/v1/users/me", {"display_name": f"Dan after {step}"}).expect(200)
        dan.call("POST", "/api/v1/posts", {"text": f"for @{dan.username}_and_nobody_{step}"}).expect(201)
        eventually(lambda step=step: api.call("GET", profile).body["display_name"].endswith(step), seconds=3)

    for name, (own, pinned) in files.items():
        assert kids[name] != _kid(own)
        assert {kids[name], _kid(own)} == set(load_key_set(pinned))
    assert refused_calls(stack) == refused_before


def _files(stack: Stack, name: str) -> tuple[Path, Path]:
    """Its own key, and where the other service pins it."""
    own, pinned = (stack.environment[f"{name.upper()}_SERVICE_{kind}_FILE"] for kind in ("KEY", "JWKS"))
    return Path(own), Path(pinned)


def _kid(own: Path) -> str:
    return public_jwk(load_private_key(own))["kid"]


def _rotate_both(stack: Stack, step: str, files: dict[str, tuple[Path, Path]]) -> None:
    with ThreadPoolExecutor(len(files)) as pool:
        commands = [pool.submit(_rotate, stack, name, step, pinned) for name, (_, pinned) in files.items()]
    ends = [command.result() for command in commands]
    assert [end.returncode for end in ends] == [0, 0], [end.stderr for end in ends]


def _rotate(stack: Stack, name: str, step: str, pinned: Path) -> subprocess.CompletedProcess[str]:
    """As an operator would, who repeats a step for which the other service was not in time with its answers: it has a
    second for each, which a busy machine may miss. Whatever else is told counts."""
    command = [sys.executable, f"manage_{name}.py", "rotate_service_key", step, "--pinned", str(pinned)]
    for _ in range(TRIES):
        end = subprocess.run(command, cwd=ROOT, env=os.environ | stack.environment, capture_output=True, text=True)
        if "does not answer" not in end.stderr:
            break
    return end
