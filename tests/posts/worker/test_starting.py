"""What starts before PostgreSQL does."""

import http.client
import os
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tools.devstack import ports

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def environment(**changes: str) -> dict[str, str]:
    return os.environ | {"DATABASE_WAIT_SECONDS": "1", "LOG_LEVEL": "ERROR"} | changes


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_without_postgresql_it_waits_and_gives_up_with_a_clear_line(command):
    nobody = f"postgresql://posts@127.0.0.1:{ports.free_port()}/posts"

    result = subprocess.run(
        [sys.executable, "manage_posts.py", command],
        cwd=ROOT,
        env=environment(POSTGRES_URL=nobody),
        capture_output=True,
        text=True,
    )

    assert (result.returncode, result.stdout) == (1, "")
    waiting, given_up = result.stderr.splitlines()
    assert waiting.startswith("Waiting up to 1 s for PostgreSQL: ")
    assert given_up.startswith("CommandError: PostgreSQL did not answer within 1 s: ")


def test_with_it_the_service_answers():
    port = ports.free_port()
    command = [sys.executable, "manage_posts.py", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(GRANIAN_WORKERS="1", DRAIN_SECONDS="0")) as server:
        try:
            assert _answer(port) == 200
        finally:
            server.terminate()

    assert server.returncode == 0


def _answer(port: int) -> int:
    for _ in range(200):
        with suppress(OSError), closing(http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        time.sleep(0.1)
    raise AssertionError("it does not answer")
