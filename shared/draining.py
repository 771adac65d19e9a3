"""How a server process learns that it is about to leave.

Its parent tells it with a file whose path both know from the environment: the threads that answer get no signals, and
what is in no memory reaches every process alike. A process without a parent that does so (a test, `runserver`) stays.
"""

import os
import tempfile
from pathlib import Path

VARIABLE = "DRAIN_MARK"

# Another process takes over here: finish, and keep no connection.
REPLACED = "replaced"
# Nobody will answer here soon: besides, send nobody any more.
STOPPING = "stopping"


class Drain:
    """The parent's side; `with Drain() as drain:` processes started inside can be told."""

    def __enter__(self) -> "Drain":
        self._folder = tempfile.TemporaryDirectory(prefix="drain-")
        self._generation = 0
        os.environ[VARIABLE] = self._mark()
        return self

    def __exit__(self, *exc: object) -> None:
        del os.environ[VARIABLE]
        self._folder.cleanup()

    def stop(self) -> None:
        """Tell all that live."""
        self._tell(STOPPING)

    def replace(self) -> None:
        """Tell all that live, and none that is started from now on."""
        self._tell(REPLACED)
        self._generation += 1
        os.environ[VARIABLE] = self._mark()

    def _mark(self) -> str:
        return str(Path(self._folder.name, str(self._generation)))

    def _tell(self, what: str) -> None:
        Path(self._mark()).write_text(what)


def told() -> str:
    """What this process was told: nothing mostly, which costs it one look at a path, or one of the two words above."""
    mark = os.environ.get(VARIABLE)
    if mark is None or not os.path.exists(mark):
        return ""
    return Path(mark).read_text() or REPLACED
