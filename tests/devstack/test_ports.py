import socket
from pathlib import Path

from tools.devstack import ports


def test_a_free_port_is_remembered(tmp_path: Path) -> None:
    first = ports.remembered_port(tmp_path / "port")

    assert ports.remembered_port(tmp_path / "port") == first


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    first = ports.remembered_port(tmp_path / "port")

    with socket.create_server((ports.LOOPBACK, first)):
        second = ports.remembered_port(tmp_path / "port")

    assert second != first
    assert ports.remembered_port(tmp_path / "port") == second


def test_an_unreadable_memory_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")

    assert ports.remembered_port(tmp_path / "port") in ports.CANDIDATES


def test_waiting_for_a_port_ends(tmp_path: Path) -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        assert not ports.wait_until_free(port, seconds=0.1)

    assert ports.wait_until_free(port, seconds=0.1)
