"""The commands that need no running stack, and what they say when something is amiss."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.devstack import suites

ROOT = Path(__file__).resolve().parents[2]
SHOW_AND_FAIL = "import os, sys; print(os.environ['ENVIRONMENT'], os.environ['POSTGRES_URL']); sys.exit(3)"


def devstack(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.devstack", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True)


def test_exec_runs_a_command_on_throw_away_databases_and_passes_its_exit_code_on() -> None:
    ran = devstack("exec", "--", sys.executable, "-c", SHOW_AND_FAIL)

    assert ran.returncode == 3
    assert ran.stdout.startswith("development postgresql://posts:")


def test_without_a_stack_there_is_nothing_to_stop(tmp_path: Path) -> None:
    stop = devstack("stop", DATA_DIR=str(tmp_path))
    status = devstack("status", DATA_DIR=str(tmp_path))

    assert (stop.returncode, stop.stdout) == (0, f"No stack is running in {tmp_path}.\n")
    assert (status.returncode, status.stderr) == (
        1,
        f"error: no stack is running in {tmp_path}: start one with `make run`.\n",
    )


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    ran = devstack("run", POSTS_PORT=port, DATA_DIR=str(tmp_path))

    assert (ran.returncode, ran.stderr) == (1, "error: POSTS_PORT must be a port number, 1 to 65535.\n")


def test_one_port_for_both_services_is_refused(tmp_path: Path) -> None:
    ran = devstack("run", AUTH_PORT="8001", POSTS_PORT="8001", DATA_DIR=str(tmp_path))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "error: AUTH_PORT and POSTS_PORT are the same: the services need one each.\n"


def test_a_missing_suite_is_an_error() -> None:
    ran = devstack("test", "shared", "nowhere")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "error: there is no suite tests/nowhere (its pytest.ini is missing).\n"


def test_one_failing_suite_fails_the_run_after_all_have_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _has_suites(
        monkeypatch, tmp_path, failing="def test_it():\n    assert False\n", passing="def test_it():\n    assert True\n"
    )

    code = suites.run(["failing", "passing"], suites.QUICK)

    failing, passing = capsys.readouterr().out.splitlines()[-2:]
    assert code == 1
    assert failing.startswith("failing    1 failed in")
    assert passing.startswith("passing    1 passed in")


def test_slow_tests_run_by_themselves_where_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = "def test_long():\n    pass\n\ndef test_short():\n    pass\n"
    _has_suites(monkeypatch, tmp_path, both=f"import pytest\n\n@pytest.mark.slow\n{two}", quick=two)
    monkeypatch.setattr(suites, "throw_away_databases", _no_databases)

    codes = [suites.run(["both", "quick"], part) for part in (suites.SLOW, suites.QUICK)]

    closing = [line.split(" in ")[0].split() for line in capsys.readouterr().out.splitlines() if "(with start" in line]
    assert codes == [0, 0]
    assert [" ".join(words) for words in closing] == [
        "both 1 passed, 1 deselected", "quick 2 deselected",
        "both 1 passed, 1 deselected", "quick 2 passed",
    ]  # fmt: skip


def _has_suites(monkeypatch: pytest.MonkeyPatch, root: Path, **tests: str) -> None:
    """A project of these suites, each with what its one file says."""
    for suite, text in tests.items():
        folder = root / "tests" / suite
        folder.mkdir(parents=True)
        (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n")
        (folder / "test_it.py").write_text(text)
    monkeypatch.setattr(suites, "ROOT", root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # faster


@contextmanager
def _no_databases(**_: object) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(mongodb_url="", postgres_url="")


def test_a_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    ran = subprocess.run([ROOT / "tools" / "make_venv", old, tmp_path / "venv"], capture_output=True, text=True)

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: {old} is not Python 3.11, 3.12 or 3.13:")
    assert not (tmp_path / "venv").exists()


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True).stdout

    targets = [line.split()[1] for line in listed.splitlines()]
    assert " ".join(targets) == "help run stop demo test test-slow lint fmt schema lock sbom bench chaos clean"
