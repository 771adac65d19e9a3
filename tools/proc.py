"""What processes take, from /proc: CPU time of a whole tree, memory and threads of one."""

import os
import re
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
_THREADS = re.compile(r"^Threads:\s+(\d+)$", re.MULTILINE)


def children(pid: int) -> list[int]:
    """None where it has ended."""
    try:
        listed = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in " ".join(listed).split()]


def tree(pid: int) -> list[int]:
    return [pid, *(found for child in children(pid) for found in tree(child))]


def parent(pid: int) -> int:
    return int(_stat(pid)[1])


def cpu_seconds(pid: int) -> float:
    """Spent by `pid` and all below it, ended ones included."""
    return sum(_own_seconds(one) for one in tree(pid))


def resident_megabytes(pid: int) -> float:
    return _status(pid, _RESIDENT) / 1024


def threads(pid: int) -> int:
    return _status(pid, _THREADS)


def _status(pid: int, wanted: re.Pattern[str]) -> int:
    """0 for a process that has ended and is not waited for yet."""
    found = wanted.search(Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def _own_seconds(pid: int) -> float:
    """With that of children which it has seen end; 0 where it has ended meanwhile itself."""
    try:
        return sum(map(int, _stat(pid)[11:15])) / _TICKS_A_SECOND
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may itself have blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
