"""How many processors this process may use: hashing takes one, and memory, for each that there is."""

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available(quota: Path = QUOTA) -> int:
    """Those it may run on, or as many as its container was given, where that is less (cgroup v2): a container sees all
    processors of its machine, and would hash as if they were its own."""
    may_run_on = len(os.sched_getaffinity(0))
    try:
        limit, period = quota.read_text().split()
    except (OSError, ValueError):
        return may_run_on
    return may_run_on if limit == "max" else max(1, min(may_run_on, math.ceil(int(limit) / int(period))))
