"""`python leash.py PARENT_PID SIGNAL COMMAND…` becomes COMMAND, which gets SIGNAL when the thread that started it ends.

A program of its own and not a `preexec_fn`: forking a process with threads to run Python in it can dead-lock.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, number: str, *command: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != int(parent):  # it ended before we asked to be told
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
