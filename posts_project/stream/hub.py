"""All streams of this process: who gets what, and when they end.

Note [Threads of the hub]: one listens to what all processes say (`stream.channels`), finds out whom of the connected a
thing concerns, reads it for each of them, and puts it into their streams. Another looks five times a second whether
sessions have ended or the process is about to leave, and lets idle streams beat. So a client that has nothing to hear
costs a waiting thread, and no statement. Both start with the first stream, so after any fork.

What was said while nobody listened is lost. So when the connection breaks all streams end: their clients come again and
are sent what they have missed.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable

import orjson
from django.conf import settings
from django.db import connection
from prometheus_client import Gauge

from posts_project.revocations import live
from posts_project.stream import selectors
from posts_project.stream.channels import channel
from posts_project.stream.positions import Position
from posts_project.stream.streams import LONGEST_SECONDS, Stream
from shared import draining, holding
from shared.bearer import Viewer
from shared.problems import ServiceUnavailable

STREAMS_PER_USER = 5
TICK_SECONDS = 0.2
START_SECONDS = 3.0
RETRY_SECONDS = 1.0

OPEN = Gauge("streams_open", "Streams that are open, of all processes together", multiprocess_mode="livesum")

logger = logging.getLogger(__name__)


class StreamsUnavailable(ServiceUnavailable):
    title = "No stream can be opened right now"


class Hub:
    def __init__(self) -> None:
        self._streams: dict[int, set[Stream]] = defaultdict(set)
        self._lock = threading.Lock()
        self._pid = 0
        self._starting = threading.Lock()
        self._listens = threading.Event()

    def open(self, viewer: Viewer, position: Position) -> Stream:
        """A stream that takes in what comes from now on; to be closed by whoever does not hand it on.

        :raises StreamsUnavailable: there are as many as can be, of this viewer or at all, or nobody would hear.
        """
        self._start_once()
        if draining.told() or not self._listens.wait(START_SECONDS):
            raise StreamsUnavailable(retry_after=RETRY_SECONDS)
        stream = Stream(viewer, position, left=self._leave)
        with self._lock:
            own = self._streams.get(viewer.user_id, set())
            if len(own) >= STREAMS_PER_USER:
                # Some of them may have no client any more, which shows when something is sent.
                for other in own:
                    other.nudge(now=time.monotonic())
                raise StreamsUnavailable(f"At most {STREAMS_PER_USER} streams can be open at once", retry_after=1)
            if self.count() >= holding.held(otherwise=settings.STREAMS_PER_PROCESS):
                raise StreamsUnavailable(retry_after=10)
            self._streams[viewer.user_id].add(stream)
            OPEN.set(self.count())
        return stream

    def count(self) -> int:
        return sum(len(streams) for streams in self._streams.values())

    def tick(self, *, now: float) -> None:
        """End the streams whose time is over, and let idle ones beat. `now` is of the monotonic clock."""
        reason = draining.told()
        revoked = live.follower.current()
        for stream in self._all():
            viewer = stream.viewer
            if reason:
                stream.end(reason)
            elif revoked.covers(user_id=viewer.user_id, session_id=viewer.session_id, issued_at=viewer.issued_at):
                stream.end("revoked")
            elif now - stream.opened_at >= LONGEST_SECONDS:
                stream.end("old")
            else:
                stream.beat(now=now)

    def deliver(self, said: Iterable[str]) -> None:
        """Send what `stream.services` said to whom it concerns; the same notification once."""
        told: dict[tuple[int, int], int] = {}
        for what in map(orjson.loads, said):
            if "entry" in what:
                self._deliver_entry(*what["entry"])
            for profile_id, notification_id, at in what.get("told", ()):
                told[profile_id, notification_id] = max(at, told.get((profile_id, notification_id), 0))
        for (profile_id, notification_id), at in told.items():
            self._deliver_told(profile_id, notification_id, at)

    def end_all(self, reason: str) -> None:
        for stream in self._all():
            stream.end(reason)

    def _deliver_entry(self, at: int, by_id: int) -> None:
        viewers = list(self._streams)
        for viewer_id in selectors.audience(by_id, at=at, among=viewers) if viewers else ():
            self._put(viewer_id, selectors.entry(viewer_id, at=at, by_id=by_id))

    def _deliver_told(self, profile_id: int, notification_id: int, at: int) -> None:
        if profile_id in self._streams:
            event = selectors.notification(profile_id, number=at, notification_id=notification_id)
            self._put(profile_id, event)

    def _put(self, viewer_id: int, event: selectors.Event | None) -> None:
        if event is not None:
            for stream in list(self._streams.get(viewer_id, ())):
                stream.put(event)

    def _all(self) -> list[Stream]:
        with self._lock:
            return [stream for streams in self._streams.values() for stream in streams]

    def _leave(self, stream: Stream) -> None:
        with self._lock:
            own = self._streams.get(stream.viewer.user_id, set())
            if stream not in own:
                return
            own.remove(stream)
            if not own:
                del self._streams[stream.viewer.user_id]
            OPEN.set(self.count())
        seconds = round(time.monotonic() - stream.opened_at, 1)
        logger.info("stream.ended", extra={"reason": stream.ended_by, "seconds": seconds})

    def _start_once(self) -> None:
        if self._pid != os.getpid():
            with self._starting:
                if self._pid != os.getpid():
                    self._start()
                    self._pid = os.getpid()

    def _start(self) -> None:
        for work in (self._listen, self._watch):
            threading.Thread(target=work, name=f"stream{work.__name__}", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            try:
                self.tick(now=time.monotonic())
            except Exception:
                # Whatever it is, this thread must not end: streams would outlive their sessions.
                logger.exception("stream.not_watched")

    def _listen(self) -> None:
        while True:
            try:
                with channel().listening() as batches:
                    self._listens.set()
                    for said in batches:
                        self.deliver(said)
                        # Back to the pool until something is said again.
                        connection.close()
            except Exception as error:
                # The server is away, mostly; the thread must go on whatever it is.
                logger.warning("stream.not_heard", extra={"reason": error.__class__.__name__}, exc_info=True)
            self._listens.clear()
            connection.close()
            self.end_all("unheard")
            time.sleep(RETRY_SECONDS)


hub = Hub()
