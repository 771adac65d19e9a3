import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from tools.devstack import ports

ROOT = Path(__file__).resolve().parents[2]


def test_a_free_port_is_remembered(tmp_path: Path) -> None:
    first = ports.remembered_port(tmp_path / "port")

    assert ports.remembered_port(tmp_path / "port") == first


def test_a_remembered_port_that_is_let_go_of_in_a_moment_is_waited_for(tmp_path: Path) -> None:
    first = ports.remembered_port(tmp_path / "port")
    holder = socket.create_server((ports.LOOPBACK, first))
    Timer(0.3, holder.close).start()

    assert ports.remembered_port(tmp_path / "port") == first


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LETTING_GO_SECONDS", 0.1)
    first = ports.remembered_port(tmp_path / "port")

    with socket.create_server((ports.LOOPBACK, first)):
        second = ports.remembered_port(tmp_path / "port")

    assert second != first
    assert ports.remembered_port(tmp_path / "port") == second


def test_what_one_process_has_picked_no_other_picks_while_it_lives() -> None:
    picked = ports.free_port()
    ask = f"from tools.devstack import ports; ports.CANDIDATES = [{picked}]; print(ports.free_port())"

    assert "StopIteration" in ran(ask).stderr
    os.close(ports._claims.pop(picked))
    assert ran(ask).stdout == f"{picked}\n"


def test_a_remembered_port_that_another_process_has_picked_is_replaced(tmp_path: Path) -> None:
    memory = tmp_path / "port"
    memory.write_text(f"{ports.free_port()}\n")
    asking = "from pathlib import Path; from tools.devstack import ports; print(ports.remembered_port(Path({!r})))"

    before, told = memory.read_text(), ran(asking.format(str(memory))).stdout

    assert told == memory.read_text() != before


def ran(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_unreadable_memory_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")

    assert ports.remembered_port(tmp_path / "port") in ports.CANDIDATES


def test_waiting_for_a_port_ends(tmp_path: Path) -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        assert not ports.wait_until_free(port, seconds=0.1)

    assert ports.wait_until_free(port, seconds=0.1)
