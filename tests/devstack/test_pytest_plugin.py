"""The plugin as the suites use it: in a pytest of its own, with Django and with two workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devstack.conftest import commands_with

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
import os
assert os.environ["ENVIRONMENT"] == "test"  # read before any conftest
SECRET_KEY = os.environ["AUTH_SECRET_KEY"]
"""
TESTS = """
import json, os, pathlib, pytest
from django.conf import settings
@pytest.mark.parametrize("number", range(4))
def test_environment(number):
    assert len(settings.SECRET_KEY) >= 50
    seen = {name: os.environ[name] for name in ("MONGODB_URL", "POSTGRES_URL", "AUTH_BASE_URL", "DATA_DIR")}
    pathlib.Path(f"{os.environ['PYTEST_XDIST_WORKER']}.json").write_text(json.dumps(seen))
"""


@pytest.mark.slow
def test_two_workers_share_the_servers_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "inner_settings.py").write_text(SETTINGS)
    (tmp_path / "test_inner.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = -p xdist.plugin -p pytest_django.plugin -p tools.devstack.pytest_plugin -n 2\n"
        "DJANGO_SETTINGS_MODULE = inner_settings\npythonpath = .\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    run = subprocess.run([sys.executable, "-m", "pytest"], cwd=tmp_path, env=environ, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout
    one, other = (json.loads((tmp_path / f"gw{n}.json").read_text()) for n in (0, 1))
    assert one["POSTGRES_URL"] == other["POSTGRES_URL"]
    assert one["MONGODB_URL"].replace("/auth_gw0?", "/auth_gw1?") == other["MONGODB_URL"] != one["MONGODB_URL"]
    assert one["AUTH_BASE_URL"] == "http://127.0.0.1:9"
    assert not Path(one["DATA_DIR"]).exists()
    assert commands_with(one["DATA_DIR"]) == []
