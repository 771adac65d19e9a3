"""Files that an operator has a command write: for their owner alone, and there only once they are whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file of mode 0600 that takes its name at the end; what is there already is never written over.

    :raises OSError: it cannot be written, or there is one of that name.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link never takes the place of what is there.
        os.link(unfinished, path)
    finally:
        unfinished.unlink()
