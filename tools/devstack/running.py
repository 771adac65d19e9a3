"""The commands that start and stop the stack."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.devstack import environment
from tools.devstack.console import LogFollower
from tools.devstack.databases import throw_away_databases
from tools.devstack.errors import StackError
from tools.devstack.lock import holder
from tools.devstack.stack import SERVICES, WORKERS, Stack

CHOSEN_BY_US = ("DATA_DIR", "AUTH_PORT", "POSTS_PORT")
STOP_SECONDS = 20


def run(data_dir: Path, *, auth_port: int, posts_port: int) -> int:
    settings = {name: value for name, value in os.environ.items() if name not in CHOSEN_BY_US}
    started_at = time.monotonic()
    stack = Stack(data_dir=data_dir, auth_port=auth_port, posts_port=posts_port, settings=settings, say=_say)
    try:
        with LogFollower(stack.logs, (*SERVICES, *WORKERS)), stack:
            _say(_welcome(stack, seconds=time.monotonic() - started_at))
            stack.watch()
    except KeyboardInterrupt:
        _say("Stopped.")
    return 0


def stop(data_dir: Path) -> int:
    pid = holder(data_dir)
    if pid is None:
        _say(f"No stack is running in {data_dir}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while holder(data_dir) == pid:
        if time.monotonic() > deadline:
            raise StackError(f"the stack in {data_dir} (process {pid}) has not stopped after {STOP_SECONDS} s.")
        time.sleep(0.1)
    _say(f"Stopped the stack in {data_dir}.")
    return 0


def status(data_dir: Path) -> int:
    pid = holder(data_dir)
    if pid is None:
        raise StackError(f"no stack is running in {data_dir}: start one with `make run`.")
    _say(f"A stack is running in {data_dir} (process {pid}).")
    return 0


def execute(command: list[str]) -> int:
    """Run `command` in the environment of development, with databases that are gone afterwards."""
    with throw_away_databases(environ=os.environ) as databases:
        variables = environment.development(databases.folder, databases.addresses(auth_port=8001, posts_port=8002))
        try:
            return subprocess.run(command, env={**os.environ, **variables}).returncode
        except FileNotFoundError as error:
            raise StackError(f"no such command: {command[0]}") from error


def _say(text: str) -> None:
    print(text, flush=True)


def _welcome(stack: Stack, *, seconds: float) -> str:
    python = os.path.relpath(sys.executable)
    return f"""
Ready after {seconds:.1f} s.

          API                      documents                         admin site
  Auth    {stack.auth_url}    {stack.auth_url}/api/docs    {stack.auth_url}/admin/
  Posts   {stack.posts_url}    {stack.posts_url}/api/docs    {stack.posts_url}/admin/

Make an admin, who signs in on both sites:
  {python} manage_auth.py create_staff NAME EMAIL --superuser

Try it:
  curl -s {stack.auth_url}/api/v1/auth/register -H 'Content-Type: application/json' \\
    -d '{{"username": "ada", "email": "ada@example.org", "password": "tie a knot in it"}}'
  curl -s {stack.posts_url}/api/v1/posts -H 'Authorization: Bearer ACCESS' -H 'Content-Type: application/json' \\
    -d '{{"text": "Hello, world"}}'
  curl -s {stack.posts_url}/api/v1/timelines/public

Data and logs are in {_shown(stack.data_dir)}. Ctrl-C, or `make stop` elsewhere, stops everything.
"""


def _shown(path: Path) -> str:
    """From here where it lies below, else from the root: nobody reads `../../..`."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
