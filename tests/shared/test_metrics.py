"""One folder for several processes, some of which are gone. They are real: each writes files under its own id."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shared import metrics
from tools.devstack import ports

ROOT = Path(__file__).parents[2]
# Says what a process of a service would, and waits to be killed.
PROCESS = """
import sys, time
from shared import metrics
from shared.breaker import CircuitBreaker

metrics.REQUESTS.labels("GET", "/x", 200).inc(2)
metrics.DURATION.labels("/x").observe(0.003)
metrics.REFRESHED.labels("list").set(float(sys.argv[2]))
breaker = CircuitBreaker("peer")
for _ in range(int(sys.argv[1])):
    breaker.failed()
print("said", flush=True)
time.sleep(60)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    started = []

    def _start(*, failures: int = 0, refreshed_at: int = 100) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", PROCESS, str(failures), str(refreshed_at)]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "said\n"
        return started[-1]

    yield _start
    for process in started:
        kill(process)
        process.stdout.close()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


def exposed(name: str) -> list[str]:
    """The lines of that metric."""
    return [line for line in metrics.exposition().decode().splitlines() if line.startswith(name)]


def test_processes_are_added_up_and_of_their_states_the_worst_is_told(start: Start):
    start(refreshed_at=100)
    start(failures=5, refreshed_at=200)

    assert exposed("http_requests_total") == ['http_requests_total{method="GET",route="/x",status="200"} 4.0']
    assert exposed("http_request_duration_seconds_count") == ['http_request_duration_seconds_count{route="/x"} 2.0']
    assert exposed("service_breaker_open") == ['service_breaker_open{peer="peer"} 1.0']
    assert exposed("cache_refreshed") == ['cache_refreshed_timestamp_seconds{cache="list"} 100.0']


def test_of_a_killed_process_the_counts_stay_and_the_state_goes(start: Start):
    killed = start(failures=5, refreshed_at=100)
    assert exposed("service_breaker_open") == ['service_breaker_open{peer="peer"} 1.0']

    kill(killed)
    start(refreshed_at=200)

    assert exposed("service_breaker_open") == ['service_breaker_open{peer="peer"} 0.0']
    assert exposed("cache_refreshed") == ['cache_refreshed_timestamp_seconds{cache="list"} 200.0']
    assert exposed("http_requests_total") == ['http_requests_total{method="GET",route="/x",status="200"} 4.0']


def test_a_file_that_somebody_else_has_just_deleted_is_no_fault(start: Start, folder: Path, monkeypatch):
    kill(start(failures=5))
    unlink = Path.unlink

    def raced(path: Path) -> None:
        with suppress(FileNotFoundError):
            unlink(path)
        unlink(path)

    monkeypatch.setattr(Path, "unlink", raced)

    assert exposed("service_breaker_open") == []


def test_a_worker_answers_on_a_port_of_its_own(folder: Path):
    port = ports.free_port()
    code = "import sys, time; from shared import metrics; metrics.DELIVERIES.labels('dead').inc(3)"
    code += "; metrics.serve(int(sys.argv[1])); print('said', flush=True); time.sleep(60)"
    for variables in ({}, {"PROMETHEUS_MULTIPROC_DIR": str(folder)}):
        alone = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
        command = [sys.executable, "-c", code, str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=alone | variables, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout.readline() == "said\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                assert 'outbox_deliveries_total{outcome="dead"} 3.0' in answer.read().decode().splitlines()
        finally:
            kill(process)
            process.stdout.close()
