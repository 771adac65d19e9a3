"""What is started here is started for real, away from whatever stack runs on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.devstack.databases import Databases

OURS = ("MONGODB_URL", "POSTGRES_URL", "DATA_DIR", "AUTH_PORT", "POSTS_PORT", "PYTEST_XDIST_WORKER")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a module: each test finds it as the one before has left it, stopped."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def databases(data_dir: Path) -> Iterator[Databases]:
    with Databases(data_dir, environ={}) as databases:
        yield databases


def commands_with(text: str) -> list[str]:
    """The command lines of all living processes that contain `text`; a dead one has none."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and process.name != str(os.getpid()):
            lines.append(line)
    return lines
