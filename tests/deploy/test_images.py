"""The images: what their Dockerfiles say, and what would run in them, as far as that goes without a container engine.

`test_what_an_image_holds_is_enough_to_serve` does what the Dockerfile does, with files of a clean checkout and the
packages of the lock alone, then runs the image's command in the image's environment and asks its own health check.
"""

import os
import re
import shutil
import subprocess
import time
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.images import ROOT, SERVICES, Image
from tests.deploy.locks import locked
from tools.devstack import environment
from tools.devstack.databases import Databases, throw_away_databases
from tools.devstack.ports import LOOPBACK, free_port

pytestmark = pytest.mark.slow

IMAGES = {service: Image.of(service) for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_starts_from_a_python_that_is_named_exactly(service):
    image = IMAGES[service]

    bases = {rest.split()[0] for word, rest in image.steps if word == "FROM"}
    default = dict(rest.split("=", 1) for word, rest in image.steps if word == "ARG")["PYTHON_IMAGE"]
    assert bases == {"${PYTHON_IMAGE}"}
    assert re.fullmatch(r"python:3\.12\.\d+-slim-[a-z]+", default)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.asvs("15.2.1")
def test_an_image_is_made_of_wheels_known_by_their_hashes_and_makes_nothing_as_it_runs(service):
    image = IMAGES[service]
    installs = [rest for word, rest in image.steps if word == "RUN" and "install " in rest and "pip" in rest]

    assert len(installs) == 1
    assert "--require-hashes --only-binary :all:" in installs[0]
    for made in image.of_the_last_stage("RUN"):
        assert not re.search(r"\b(pip|apt-get|apt|gcc|curl|wget)\b", made)
    assert not [rest for word, rest in image.steps if word == "ADD"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_does_not_run_as_root_and_its_program_gets_the_signals(service):
    image = IMAGES[service]

    assert image.of_the_last_stage("USER") == ["10001"]
    steps = [word for word, _ in image.stages[-1]]
    assert "RUN" not in steps[steps.index("USER") :]
    assert image.command[0] == "python"  # as a list: no shell in between
    assert f"127.0.0.1:{image.port}/readyz" in image.health_command[-1]


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_image_copies_is_in_a_clean_checkout_and_not_ignored(service):
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    checked_in = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert "*" in ignored
    for source in IMAGES[service].copied:
        assert source in let_in
        assert any(path == source or path.startswith(f"{source}/") for path in checked_in), source
        assert (f"{'posts' if service == 'auth' else 'auth'}_project") not in source


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    with throw_away_databases(environ={}) as databases:  # of its own, that nobody has migrated
        yield databases


@pytest.mark.parametrize(("service", "database"), [("auth", "mongodb"), ("posts", "database")])
def test_what_an_image_holds_is_enough_to_serve(service, database, databases, tmp_path):
    image, app, port = IMAGES[service], tmp_path / "app", free_port()
    copy_of_the_checkout(image, app)
    before = contents(app)
    variables = image.environment | variables_of(databases, tmp_path)
    python = with_packages_of(service, tmp_path / "venv")

    command = [python, *image.command[1:-1], LOOPBACK, "--port", str(port)]
    with subprocess.Popen(command, cwd=app, env=variables, stderr=subprocess.PIPE, text=True) as server:
        try:
            checks = answer(f"http://{LOOPBACK}:{port}/readyz", server)["checks"]
        finally:
            server.terminate()
            said = server.communicate(timeout=20)[1]

    # All of its code and its database are there; that nobody has migrated this one is rightly found.
    assert {name: checks[name] for name in (database, "migrations")} == {
        database: "ok",
        "migrations": "failed",
    }, said
    worker = [python, image.command[1], "worker", "--help"]
    assert subprocess.run(worker, cwd=app, env=variables, capture_output=True, timeout=60).returncode == 0
    assert contents(app) == before  # nothing would fail on a read-only file system


def copy_of_the_checkout(image: Image, app: Path) -> None:
    """What the Dockerfile copies, of the files that git knows."""
    sources = [source for source in image.copied if source != "deploy/locks"]
    for line in subprocess.check_output(["git", "ls-files", *sources], cwd=ROOT, text=True).splitlines():
        (app / line).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / line, app / line)


def with_packages_of(service: str, folder: Path) -> Path:
    """The Python of an environment that holds what the lock names and nothing else."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in locked(service):
        distribution = metadata.distribution(name)
        for top in {Path(file).parts[0] for file in distribution.files or []} - {".."}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution.locate_file(top))))
    return folder / "bin/python"


def variables_of(databases: Databases, folder: Path) -> dict[str, str]:
    addresses = databases.addresses(auth_port=1, posts_port=2)
    ours = {"GRANIAN_WORKERS": "1", "DRAIN_SECONDS": "0", "PATH": os.environ["PATH"]}
    return environment.test(folder, addresses) | ours


def answer(url: str, server: "subprocess.Popen[str]", seconds: float = 90) -> dict[str, Any]:
    """The JSON at that address, whatever its status, as soon as somebody answers there."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and server.poll() is None:
        try:
            return requests.get(url, timeout=30).json()
        except requests.ConnectionError:
            time.sleep(0.1)
    return {"checks": None}


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
