"""One client's stream: the body of an answer that ends when somebody says so."""

import logging
import queue
import secrets
import time
from collections.abc import Callable, Iterator, Sequence

from django.db import connection

from posts_project.stream.positions import Position
from posts_project.stream.selectors import Event
from shared.bearer import Viewer
from shared.wire import dumps

BEAT_SECONDS = 15.0
# Then the client comes again with a token of then.
LONGEST_SECONDS = 3_600.0
# A client that takes in so much less than comes is better served by what it will have missed.
MOST_WAITING = 500
# After how many milliseconds a client comes again: not all at the same moment.
RETRY_FROM, RETRY_SPREAD = 1_000, 3_000

BEAT = b":\n\n"

logger = logging.getLogger(__name__)


class Stream(Iterator[bytes]):
    """What `Hub` puts in comes out in the thread that answers, which waits here as long as there is nothing.

    :param left: called once when it has ended, whoever ended it.
    """

    def __init__(self, viewer: Viewer, position: Position, *, left: Callable[["Stream"], None]) -> None:
        self.viewer, self.position = viewer, position
        self.opened_at = self._beat_at = time.monotonic()
        self.ended_by = ""
        self._left = left
        self._waiting: queue.SimpleQueue[bytes | Event] = queue.SimpleQueue()
        self._waiting.put(f"retry: {RETRY_FROM + secrets.randbelow(RETRY_SPREAD)}\n\n".encode())
        self._holds_connection = True

    def begin_with(self, missed: Sequence[Event]) -> None:
        """Before the first is taken out: what comes meanwhile waits behind these, and is not sent twice."""
        newer = [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]
        for item in [*newer[:1], *missed, *newer[1:]]:
            self._waiting.put(item)

    def put(self, event: Event) -> None:
        if self._waiting.qsize() >= MOST_WAITING:
            self.end("slow")
        else:
            self._waiting.put(event)

    def beat(self, *, now: float) -> None:
        """Show that it is alive, and learn whether the client is."""
        if now - self._beat_at >= BEAT_SECONDS and self._waiting.empty():
            self.nudge(now=now)

    def nudge(self, *, now: float) -> None:
        self._beat_at = now
        self._waiting.put(BEAT)

    def end(self, reason: str) -> None:
        """Whatever waits is dropped: a client that comes back is sent what it has missed."""
        self.ended_by = self.ended_by or reason
        self._waiting.put(b"")

    def __next__(self) -> bytes:
        if self._holds_connection:
            self._let_connection_go()
        while not self.ended_by:
            item = self._waiting.get()
            if isinstance(item, bytes):
                if item:
                    return item
            elif not self.position.has(item.number):
                return self._line(item)
        self.close()
        raise StopIteration

    def close(self) -> None:
        """The server's word that nobody listens any more, or that the last has been sent."""
        self.ended_by = self.ended_by or "client"
        self._left(self)

    def _let_connection_go(self) -> None:
        """The answer has begun, and from here on nothing is asked of the database in this thread."""
        self._holds_connection = False
        if not connection.in_atomic_block:
            connection.close()

    def _line(self, event: Event) -> bytes:
        number = self.position.after(event.number)
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (number.encode(), event.name.encode(), dumps(event.body))
