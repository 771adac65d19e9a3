"""A clock that can be set wrong for some processes: libfaketime (Debian: `libfaketime`) stands before the system's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.devstack.errors import StackError

PLACES = ("/usr/lib", "/usr/local/lib")
LIBRARY = "faketime/libfaketimeMT.so.1"


class Clock:
    """Right until it is told otherwise; its processes read the offset from a file, again at every look at the time.

    What measures spans (CLOCK_MONOTONIC) stays right: no system sets that.
    """

    def __init__(self, file: Path) -> None:
        """:raises StackError: the library is not there."""
        self._file = file
        self.variables: Mapping[str, str] = {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self._set(0)

    @contextmanager
    def wrong_by(self, seconds: int) -> Iterator[None]:
        self._set(seconds)
        try:
            yield
        finally:
            self._set(0)

    def _set(self, seconds: int) -> None:
        # In one step, as somebody reads it at any moment.
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._file)


def _library() -> Path:
    found = [path for place in PLACES for path in Path(place).glob(f"**/{LIBRARY}")]
    if not found:
        raise StackError("a wrong clock needs libfaketime (Debian, Ubuntu: `apt-get install libfaketime`).")
    return found[0]
