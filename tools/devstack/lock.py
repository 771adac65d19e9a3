"""One stack a data folder, and who it is: a lock that the kernel releases whatever way its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.devstack.errors import StackError

LOCK_FILE = "stack.lock"


@contextmanager
def locked(data_dir: Path) -> Iterator[bool]:
    """Yield whether the one that held it before was killed: it has left its number behind.

    :raises StackError: a stack works in `data_dir` already.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(
                f"a stack is running in {data_dir} (process {_pid_in(file.name)}): "
                "stop it with `make stop`, or set DATA_DIR, AUTH_PORT and POSTS_PORT for a second one."
            ) from error
        was_killed = os.fstat(file.fileno()).st_size > 0
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield was_killed
        finally:
            file.truncate(0)


def holder(data_dir: Path) -> int | None:
    """The process that holds the lock of `data_dir`; the number in the file counts only while it is held."""
    try:
        with (data_dir / LOCK_FILE).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _pid_in(file.name)
    return None


def _pid_in(path: str) -> int | None:
    text = Path(path).read_text().strip()
    return int(text) if text.isdecimal() else None
