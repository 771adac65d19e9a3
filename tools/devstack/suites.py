"""Test suites, one process each (pytest-django loads one settings module a process), against one pair of databases."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.devstack.databases import Databases, throw_away_databases
from tools.devstack.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
# Where a second process is worth its start and a second database, when not both cores are busy with a suite each;
# `shared` and `devstack` have two in any case (their pytest.ini).
SHARED_OUT = ("auth", "posts")
# Whoever makes the suite slow should see it.
SLOWEST = ("--durations=15", "--durations-min=5")
# pytest's exit code where nothing is selected.
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some tests of every suite.

    :ivar marked: by which marks pytest selects them.
    :ivar longest: the suites that take longest, which begin, so that both cores come to their end together.
    """

    marked: str
    longest: Sequence[str]


QUICK = Part(marked="not slow", longest=("posts", "auth", "e2e"))
SLOW = Part(marked="slow", longest=("e2e", "auth", "posts"))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    suite: str
    code: int
    closing_line: str
    seconds: float


def run(suites: Sequence[str], part: Part) -> int:
    """Run that part of all of them, whatever fails; return 0 only if nothing did."""
    for suite in suites:
        if not (ROOT / "tests" / suite / "pytest.ini").exists():
            raise StackError(f"there is no suite tests/{suite} (its pytest.ini is missing).")
    with throw_away_databases(environ=os.environ) as databases:
        outcomes = _run_two_at_once(suites, part, _environment(databases))
    print("\n" + "\n".join(f"{o.suite:10} {o.closing_line} (with start-up {o.seconds:.0f} s)" for o in outcomes))
    return max(outcome.code for outcome in outcomes)


def _environment(databases: Databases) -> dict[str, str]:
    """Modules are compiled once, whatever is usual here: hundreds of processes load them."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environ | {"MONGODB_URL": databases.mongodb_url, "POSTGRES_URL": databases.postgres_url}


def _run_two_at_once(suites: Sequence[str], part: Part, environ: dict[str, str]) -> list[Outcome]:
    """Whoever is through takes the next."""
    in_order = sorted(suites, key=lambda suite: (*part.longest, suite).index(suite))
    are_shared_out = SHARED_OUT if part is SLOW or len(suites) == 1 else ()
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda suite: _run_one(suite, part, environ, two=suite in are_shared_out), in_order))


def _run_one(suite: str, part: Part, environ: dict[str, str], *, two: bool) -> Outcome:
    """Print what pytest said when it is through, and keep the last line."""
    started_at = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-c", f"tests/{suite}/pytest.ini", f"tests/{suite}", "-q", *SLOWEST]
    command += ["-m", part.marked, *(["-n", "2", "--dist", "worksteal"] if two else [])]
    print(f"== tests/{suite} …", flush=True)
    pytest = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    print(f"\n== tests/{suite}\n{pytest.stdout}", end="", flush=True)
    closing_line = (pytest.stdout.strip().splitlines() or [""])[-1]
    # A suite need not have a slow test, but has others.
    code = 0 if part is SLOW and pytest.returncode == NO_TESTS_COLLECTED else pytest.returncode
    return Outcome(suite=suite, code=code, closing_line=closing_line, seconds=time.monotonic() - started_at)
