"""Files of people: CSV as RFC 4180 has it, read a row at a time, whatever its size."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

COLUMNS = (
    "username", "email", "password_hash", "display_name", "bio", "created_at", "is_private", "email_verified", "locale",
)  # fmt: skip
NEEDED = ("username", "email")
LONGEST_LINE, LONGEST_CELL = 20_000, 10_000  # bytes, characters


class NotPeople(ValueError):
    """The first line does not say what the columns are."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """:ivar line: where it begins. :ivar cells: what is given, by column; what is empty is not given."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What cannot become a user, and why. :ivar row: where it could be read."""

    line: int
    reason: str
    row: Row | None = None


def read(file: BinaryIO) -> Iterator[Row | Fault]:
    """One for each row that is not blank. Nothing in a cell means anything but itself.

    :raises NotPeople: at once, not at the first row.
    """
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(file)
    rows = csv.reader(lines, strict=True)
    try:
        columns = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise NotPeople(f"the first line is no CSV ({error})") from error
    _judge(columns)
    return _rows(rows, lines, columns)


def _judge(columns: list[str]) -> None:
    unknown = [name.encode("ascii", "backslashreplace").decode()[:50] for name in columns if name not in COLUMNS]
    if unknown:
        raise NotPeople(f"the first line must name columns out of {', '.join(COLUMNS)}, not {', '.join(unknown)}")
    if missing := [name for name in NEEDED if name not in columns]:
        raise NotPeople(f"the first line must name the columns {' and '.join(missing)}")
    if len(set(columns)) < len(columns):
        raise NotPeople("a column is named twice")


def _rows(rows: Iterator[list[str]], lines: "_Lines", columns: list[str]) -> Iterator[Row | Fault]:
    while True:
        lines.has_long, line = False, lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader is at the next line now, as after any row.
            yield Fault(line=line, reason=f"no CSV: {error}")
            continue
        if cells or lines.has_long:
            yield _row(line, cells, columns, has_long=lines.has_long)


def _row(line: int, cells: list[str], columns: list[str], *, has_long: bool) -> Row | Fault:
    if has_long:
        return Fault(line=line, reason=f"more than {LONGEST_LINE} bytes")
    if len(cells) != len(columns):
        return Fault(line=line, reason=f"{len(cells)} cells for {len(columns)} columns")
    row = Row(line=line, cells={name: cell for name, cell in zip(columns, cells, strict=True) if cell})
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return Fault(line=line, reason="not UTF-8")
    return row


class _Lines:
    """The lines of a file as text; what is no UTF-8 in it comes as surrogates, a line that is too long as an empty one.

    No generator: that would be at its end after the reader's first complaint.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.number, self.has_long = 0, False
        self._file = file

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= LONGEST_LINE:
            # Spreadsheets begin their UTF-8 with a mark of it.
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8", "surrogateescape")
        self.has_long = True
        while line and not line.endswith(b"\n"):
            line = self._file.readline(LONGEST_LINE)
        return "\n"
