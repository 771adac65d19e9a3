"""Files of JSON lines: a post a line, in the shape of `ItemInput`."""

from collections.abc import Iterator
from typing import BinaryIO

from posts_project.imports.items import Fault, Item, judged
from shared.parsing import MAX_BODY_BYTES, loads_object
from shared.problems import ParseProblem


def read(file: BinaryIO) -> Iterator[Item | Fault]:
    """One for each line that is not blank."""
    number = 0
    while line := file.readline(MAX_BODY_BYTES + 1):
        number += 1
        if not line.isspace():
            yield _read(line, place=f"line {number}")
        _skip_rest(file, line)


def _read(line: bytes, *, place: str) -> Item | Fault:
    if len(line) > MAX_BODY_BYTES:
        return Fault(place=place, reason=f"more than {MAX_BODY_BYTES} bytes")
    try:
        return judged(loads_object(line), place=place, otherwise=line.strip())
    except ParseProblem as problem:
        return Fault(place=place, reason=str(problem.detail))


def _skip_rest(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_BODY_BYTES)
