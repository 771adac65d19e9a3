"""Several documents written together or not at all: the one way to do that in Auth.

Note [Auth writes and the outbox]: `django.db.transaction` does nothing on MongoDB, and the backend's own `atomic`
leaves a dead session on the thread after a lost commit reply, so that every later write there fails or is half done.
So a change and its event are written through `run_in_txn`, and `django.db.transaction` is not used in Auth at all.
A change of one document alone needs no transaction: prefer a compare-and-set.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from auth_project.mongodb import connection

RETRY_FOR_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 0.5

TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"

Result = TypeVar("Result")


def run_in_txn(work: Callable[[], Result]) -> Result:
    """Run `work` in one transaction and return its result; called inside of another, `work` becomes part of that.

    `work` may run several times, so it must have no effect but on the database, and must let database errors pass:
    one caught inside has already undone the transaction, which then cannot be committed.
    :raises DatabaseError, PyMongoError: it could not be committed within about five seconds, or will never be.
    """
    if in_txn():
        return work()
    connection().ensure_connection()
    patience = _Patience(RETRY_FOR_SECONDS)
    # One session for all attempts: a new attempt in it makes the server undo the one before, whose locks would
    # otherwise stay for a minute where the connection broke. Leaving `with` ends it, whichever way it is left.
    with connection().connection.start_session() as session:
        while True:
            try:
                return _attempt(session, work, patience)
            except (DatabaseError, PyMongoError) as error:
                if not _has_label(error, TRANSIENT) or not patience.pause():
                    raise


def in_txn() -> bool:
    """Whether this thread is inside of `run_in_txn`."""
    return connection().session is not None


def _attempt(session: ClientSession, work: Callable[[], Result], patience: "_Patience") -> Result:
    session.start_transaction(read_concern=ReadConcern("snapshot"))
    # The thread's connection has the session while `work` runs and not a moment longer, whatever happens.
    connection().session = session
    try:
        result = work()
    except BaseException:
        session.abort_transaction()
        raise
    finally:
        connection().session = None
    _commit(session, patience)
    return result


def _commit(session: ClientSession, patience: "_Patience") -> None:
    """Commit; ask again while the answer is lost: the server commits once, however often it is asked."""
    while True:
        try:
            return session.commit_transaction()
        except PyMongoError as error:
            if not _has_label(error, UNKNOWN_COMMIT) or not patience.pause():
                raise


def _has_label(error: BaseException | None, label: str) -> bool:
    """Whether MongoDB gave `error`, or what Django made it from, that label."""
    if isinstance(error, PyMongoError) and error.has_error_label(label):
        return True
    return error is not None and _has_label(error.__cause__, label)


class _Patience:
    """How often and how long to try again: pauses that double, with full jitter, until the time is over."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds
        self.longest = 0.005

    def pause(self) -> bool:
        """Wait a little; False, at once, when the time is over."""
        if time.monotonic() >= self.ends_at:
            return False
        time.sleep(random.uniform(0, self.longest))  # noqa: S311 - spread, not secrecy
        self.longest = min(self.longest * 2, LONGEST_PAUSE_SECONDS)
        return True
