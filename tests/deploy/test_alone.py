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
    "auth": ["psycopg", "psycopg_pool", "procrastinate", "posts_project"],
    "posts": ["pymongo", "bson", "django_mongodb_backend", "argon2", "auth_project"],
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


@pytest.mark.parametrize("service", ["auth", "posts"])
def test_a_service_needs_nothing_of_the_other(service, tmp_path):
    addresses = Addresses(
        mongodb_url="mongodb://127.0.0.1:1/auth",
        postgres_url="postgresql://127.0.0.1:1/posts",
        auth_port=1,
        posts_port=2,
    )
    variables = environment.test(tmp_path, addresses) | {"DJANGO_SETTINGS_MODULE": f"{service}_project.settings"}
    command = [sys.executable, "-c", WITHOUT, ",".join(FOREIGN[service]), "check"]

    result = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60
    )

    assert (result.returncode, "no issues" in result.stdout) == (0, True), result.stderr


@pytest.mark.parametrize(("service", "foreign"), [("auth", "psycopg"), ("posts", "pymongo")])
def test_a_service_does_not_install_the_other_ones_database(service, foreign):
    listed = (ROOT / f"{service}_project" / "requirements.txt").read_text() + (
        ROOT / "shared/requirements.txt"
    ).read_text()
    names = {line.strip() for line in listed.splitlines() if line and not line.startswith(("#", "-"))}

    assert not {name for name in names if name.startswith(foreign)}
    pinned = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    assert names <= pinned, "a package without a version in requirements.txt"
