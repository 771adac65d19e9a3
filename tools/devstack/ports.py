"""Loopback ports: free ones, remembered ones, and waiting for one."""

import random
import socket
import time
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below Linux's range for outgoing connections (32768-60999): no client socket can take the port between two runs.
CANDIDATES = range(20_000, 30_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's leftover does not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    # At random, so that two stacks which start at the same moment do not pick the same one.
    return next(port for port in random.sample(CANDIDATES, len(CANDIDATES)) if is_free(port))


def remembered_port(memory: Path) -> int:
    """Return the port written in `memory` if it is still free, else a new one, written there."""
    known = memory.read_text().strip() if memory.exists() else ""
    if known.isdecimal() and is_free(int(known)):
        return int(known)
    port = free_port()
    memory.write_text(f"{port}\n")
    return port


def wait_until_free(port: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
