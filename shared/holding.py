"""Requests that are held open, such as streams of events, beside those that are answered at once.

Note [Held requests]: the server runs a WSGI application in threads, and what an application answers bit by bit keeps
its thread until the end. So there are threads for both, made when they are needed: `HELD_REQUESTS` for those that are
held open, beside GRANIAN_BLOCKING_THREADS. Only so many as the latter are at work on an answer at the same time, as
they share as many connections to the database; whoever waits for what to say next is not among them.
"""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

HELD, ANSWERING = "HELD_REQUESTS", "ANSWERING_THREADS"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def announce(*, answering: int) -> int:
    """The server's side: tell its processes how many threads answer; how many more may be held."""
    held = int(os.environ.setdefault(HELD, "0"))
    os.environ[ANSWERING] = str(answering)
    return held


def held(*, otherwise: int) -> int:
    """How many requests this process may hold open; `otherwise` where its server says nothing (`runserver`, a test)."""
    return int(os.environ.get(HELD, otherwise))


def bounded(application: Application) -> Application:
    """`application`, called by no more threads at once than answer. See Note [Held requests]."""
    threads = os.environ.get(ANSWERING)
    if threads is None:
        return application
    places = threading.BoundedSemaphore(int(threads))

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with places:
            return application(environ, start_response)

    return call
