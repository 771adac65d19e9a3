"""Answers with the number of its process and what that was told, after as many seconds as the query says; at `/hold` it
says "open", and no more until it is told to leave. At `/flood` it never ends."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from shared import draining, holding


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return hold() if environ["PATH_INFO"] == "/hold" else flood()
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {draining.told()}".encode()]


def hold() -> Iterator[bytes]:
    yield b"open"
    while not draining.told():
        time.sleep(0.05)


def flood() -> Iterator[bytes]:
    while True:
        yield b"x" * 65_536


application = holding.bounded(answer)
