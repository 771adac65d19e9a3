"""Loopback ports: free ones, remembered ones, and waiting for one."""

import random
import socket
import time
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below Linux's range for outgoing connections (32768-60999): no client socket can take the port between two runs.
CANDIDATES = range(20_000, 30_000)
# What held it for us and was killed lets go of it a moment after it counts as ended.
LETTING_GO_SECONDS = 5.0
_claims: dict[int, int] = {}  # file descriptors, for as long as we live


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's leftover does not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """One that nobody uses and no other process of this machine has picked in this way, for as long as we live."""
    # At random, for those which run where we can't see their claims: in another container of the same network.
    return next(port for port in random.sample(CANDIDATES, len(CANDIDATES)) if _claim(port) and is_free(port))


def remembered_port(memory: Path) -> int:
    """Return the port written in `memory` if it is still free, else a new one, written there."""
    known = memory.read_text().strip() if memory.exists() else ""
    if known.isdecimal() and _is_ours(int(known)):
        return int(known)
    port = free_port()
    memory.write_text(f"{port}\n")
    return port


def _is_ours(port: int) -> bool:
    is_free_soon = wait_until_free(port, seconds=LETTING_GO_SECONDS) if port in _claims else is_free(port)
    return is_free_soon and (port in _claims or _claim(port))


def _claim(port: int) -> bool:
    """Between the picking of a port and its use lie seconds; the name of a socket in no file system is ours at once.

    The kernel takes it back when this process ends, however it ends (unix(7), "abstract").
    """
    if port in _claims:
        return False
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0devstack-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim.detach()
    return True


def wait_until_free(port: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
