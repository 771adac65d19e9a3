"""Each service starts without the other's packages and without the other's code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.devstack import environment
from tools.devstack.environment import Addresses

ROOT = Path(__file__).parents[2]
FOREIGN = {
    "auth": ["psycopg", "psycopg_pool", "procrastinate", "posts_project", "opentelemetry"],
    "posts": ["pymongo", "bson", "django_mongodb_backend", "argon2", "auth_project", "opentelemetry"],
}
# Runs a command of Django's where the packages named first cannot be imported.
WITHOUT = """
import importlib.abc, os, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[2:]])
"""


@pytest.mark.slow
@pytest.mark.parametrize("service", ["auth", "posts"])
def test_a_service_needs_nothing_of_the_other_and_no_option(service, tmp_path):
    result = started(service, tmp_path)

    assert (result.returncode, "no issues" in result.stdout) == (0, True), result.stderr


@pytest.mark.parametrize("service", ["auth", "posts"])
def test_an_option_without_its_packages_is_refused_in_one_sentence(service, tmp_path):
    result = started(service, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].endswith(
        "OTEL_EXPORTER_OTLP_ENDPOINT: needs the packages of requirements-otel.txt, which are not installed"
    )


def started(service: str, tmp_path: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command of that service, where nothing that it should not need can be imported."""
    addresses = Addresses(
        mongodb_url="mongodb://127.0.0.1:1/auth",
        postgres_url="postgresql://127.0.0.1:1/posts",
        auth_port=1,
        posts_port=2,
    )
    variables |= environment.test(tmp_path, addresses) | {"DJANGO_SETTINGS_MODULE": f"{service}_project.settings"}
    command = [sys.executable, "-c", WITHOUT, ",".join(FOREIGN[service]), "check"]

    return subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(("service", "foreign"), [("auth", "psycopg"), ("posts", "pymongo")])
def test_a_service_does_not_install_the_other_ones_database(service, foreign):
    listed = (ROOT / f"{service}_project" / "requirements.txt").read_text() + (
        ROOT / "shared/requirements.txt"
    ).read_text()
    names = {line.strip() for line in listed.splitlines() if line and not line.startswith(("#", "-"))}

    assert not {name for name in names if name.startswith(foreign)}
    pinned = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    assert names <= pinned, "a package without a version in requirements.txt"
