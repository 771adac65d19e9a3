"""The revocations that matter now, in each process's memory: every request is judged without a database read.

Note [Following revocations]: a thread of each process asks the database every 200 ms for what was recorded since it
last looked, with some seconds of overlap, because a row is stamped before its transaction commits. Polling rather than
LISTEN needs no connection of its own and nothing to rebuild when the database restarts: the next turn simply works.
The thread starts at the first request, so after a fork; that request waits for the first look.
"""

import logging
import os
import threading
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from posts_project.revocations.models import RevokedKey, RevokedSession, TokensEnded
from shared import metrics

# No access token lives longer (they live five minutes), so no revocation need be remembered for longer.
TOKEN_LIFE = timedelta(minutes=15)

POLL_SECONDS = 0.2
OVERLAP = timedelta(seconds=10)

logger = logging.getLogger(__name__)


class RevocationList:
    """What is revoked, as known to this process."""

    def __init__(self) -> None:
        self._sessions: dict[str, float] = {}
        self._valid_after: dict[int, int] = {}
        self._kids: set[str] = set()
        self._seen_until: datetime | None = None
        self._lock = threading.Lock()

    def covers(self, *, user_id: int, session_id: str, issued_at: int) -> bool:
        """Whether a token was revoked. Tokens tell their birth in whole seconds, and one of the very second of the
        revocation may have been there before it: it is refused, and Auth dates what it signs afterwards a second on."""
        return session_id in self._sessions or issued_at <= self._valid_after.get(user_id, -1)

    def covers_key(self, kid: str) -> bool:
        return kid in self._kids

    def refresh(self) -> None:
        """Take in what was recorded since the last look; at the first, everything."""
        with self._lock:
            sessions, users, keys = RevokedSession.objects.all(), TokensEnded.objects.all(), RevokedKey.objects.all()
            if self._seen_until is not None:
                sessions = sessions.filter(recorded_at__gt=self._seen_until - OVERLAP)
                users = users.filter(recorded_at__gt=self._seen_until - OVERLAP)
                keys = keys.filter(recorded_at__gt=self._seen_until - OVERLAP)
            self._take(list(sessions), list(users), list(keys))
            metrics.REFRESHED.labels("revocations").set_to_current_time()

    def forget_expired(self, *, now: float) -> None:
        with self._lock:
            self._sessions = {sid: until for sid, until in self._sessions.items() if until > now}
            horizon = now - TOKEN_LIFE.total_seconds() * 2
            self._valid_after = {user: after for user, after in self._valid_after.items() if after > horizon}

    def _take(self, sessions: list[RevokedSession], users: list[TokensEnded], keys: list[RevokedKey]) -> None:
        self._sessions.update((row.session_id, row.until.timestamp()) for row in sessions)
        self._valid_after.update((row.user_id, int(row.valid_after.timestamp())) for row in users)
        self._kids.update(row.kid for row in keys)
        recorded = [one.recorded_at for one in sessions] + [one.recorded_at for one in users]
        recorded += [one.recorded_at for one in keys]
        self._seen_until = max([*recorded, *([self._seen_until] if self._seen_until else [])], default=None)


class Follower:
    """Keeps one `RevocationList` up to date in this process. See Note [Following revocations]."""

    def __init__(self) -> None:
        self._list = RevocationList()
        self._pid = 0
        self._starting = threading.Lock()
        self._stopped = threading.Event()

    def current(self) -> RevocationList:
        """:raises DatabaseError: at the very first call, when the database cannot be read."""
        if self._pid != os.getpid():
            with self._starting:
                if self._pid != os.getpid():
                    self._start()
        return self._list

    def stop(self) -> None:
        self._stopped.set()

    def _start(self) -> None:
        fresh = RevocationList()
        fresh.refresh()
        self._list = fresh
        threading.Thread(target=self._follow, args=(fresh,), name="revocations", daemon=True).start()
        self._pid = os.getpid()

    def _follow(self, mine: RevocationList) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                mine.refresh()
                mine.forget_expired(now=time.time())
            except DatabaseError as error:
                logger.warning("revocations.not_refreshed", extra={"reason": error.__class__.__name__})
            except Exception:
                # Whatever it is, this thread must not end: the process would go on taking tokens that were revoked.
                logger.exception("revocations.not_refreshed")
            finally:
                # Back to the pool between two looks: the thread holds a connection for a millisecond at a time.
                connection.close()


follower = Follower()
