"""What starts before MongoDB does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.devstack import ports

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_without_mongodb_it_waits_and_gives_up_with_a_clear_line(command):
    nobody = f"mongodb://127.0.0.1:{ports.free_port()}/auth?replicaSet=rs0"
    environment = os.environ | {"MONGODB_URL": nobody, "DATABASE_WAIT_SECONDS": "1"}

    result = subprocess.run(
        [sys.executable, "manage_auth.py", command], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert (result.returncode, result.stdout) == (1, "")
    waiting, given_up = result.stderr.splitlines()
    assert waiting.startswith("Waiting up to 1 s for MongoDB: ")
    assert given_up.startswith("CommandError: MongoDB did not answer within 1 s: ")


def test_a_worker_that_still_waits_can_be_stopped():
    nobody = f"mongodb://127.0.0.1:{ports.free_port()}/auth?replicaSet=rs0"
    environment = os.environ | {"MONGODB_URL": nobody, "DATABASE_WAIT_SECONDS": "60"}
    command = [sys.executable, "manage_auth.py", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("Waiting up to 60 s for MongoDB")
        worker.terminate()

        assert worker.wait(timeout=20) == 0
