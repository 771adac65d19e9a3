"""The chain: rows that wait get their place in it, and the oldest are trimmed away.

Any number of workers may seal at once. Each batch is one transaction that moves the end of the chain and seals the rows
up to it; of two that begin at the same end MongoDB lets one run again, which then finds the new end. So there is one
chain, whoever believes to be alone. Rows are taken as they become visible: one whose transaction took long comes later
in the chain than its id says, and none is passed over.

Note [Names that nobody has]: a failed sign-in is written down with the same work whether or not there is such an
account, or its time would tell. But rows of nobody could be made without end, by anybody. So they are folded here: all
of a batch become one row that says how many they were.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile

from django.conf import settings
from django.db import IntegrityError
from pymongo import UpdateOne

from auth_project.audit import seals
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry, ChainEnd
from auth_project.audit.trail import record
from auth_project.mongodb import bulk_write, find_many, find_one, find_one_and_update, insert_one
from auth_project.transactions import run_in_txn

MOST_AT_ONCE = 500
MOST_TRIMMED = 5_000
FIRST, LAST = ChainEnd.Which.FIRST, ChainEnd.Which.LAST
OF_NOBODY = frozenset({Event.LOGIN_FAILED, Event.LOGIN_THROTTLED})

logger = logging.getLogger(__name__)


class EndRefused(Exception):
    """The end of the chain is missing or not as we sealed it: nothing is put behind it until somebody has looked."""


def seal(*, now: datetime) -> int:
    """Seal all that waits; return how many rows that were.

    The new end stands in the log, too: by what stands elsewhere one finds that rows were removed at the end.
    """
    if _read(LAST) is None:
        _begin(now)
    sealed = 0
    while count := run_in_txn(lambda: _seal_some(now)):
        sealed += count
    last = end() if sealed else None
    if last is not None:
        logger.info("audit.sealed", extra={"row": last.seq, "audit_head": last.hash})
    return sealed


def trim(*, now: datetime) -> int:
    """Delete whole days that are older than AUDIT_RETENTION_DAYS, from the beginning of the chain and without a gap;
    return how many rows that were. Where the chain now begins is sealed, and the trimming is a row at its end."""
    before = datetime.combine(now - timedelta(days=settings.AUDIT_RETENTION_DAYS), time(), now.tzinfo)
    trimmed = 0
    while count := run_in_txn(lambda: _trim_some(before)):
        trimmed += count
    if trimmed:
        run_in_txn(lambda: record(Event.AUDIT_TRIMMED, user_id=None, rows=str(trimmed)))
    return trimmed


def beginning() -> ChainEnd:
    """What the first row that is kept follows on. :raises EndRefused: it is not as we sealed it."""
    return _checked(_read(FIRST) or _genesis(FIRST))


def end() -> ChainEnd | None:
    """The last row that was sealed; None where none ever was. :raises EndRefused: it is not as we sealed it."""
    last = _read(LAST)
    return _checked(last) if last is not None else None


def _seal_some(now: datetime) -> int:
    last = end()
    if last is None:
        raise EndRefused("there is none")
    waiting = find_many(AuditEntry, match={"seq": None}, sort="_id", limit=MOST_AT_ONCE)
    if not waiting:
        return 0
    _put_behind(last, _folded(waiting), now)
    return len(waiting)


def _put_behind(last: ChainEnd, entries: Sequence[AuditEntry], now: datetime) -> None:
    for place, entry in enumerate(entries, start=1):
        entry.seq, entry.previous = last.seq + place, entries[place - 2].hash if place > 1 else last.hash
        entry.hash = seals.seal_of_row(entry)
    _move(last, entries[-1], at=now)
    places = [(one.pk, {"seq": one.seq, "previous": one.previous, "hash": one.hash}) for one in entries]
    bulk_write(AuditEntry, [UpdateOne({"_id": pk, "seq": None}, {"$set": place}) for pk, place in places])


def _folded(waiting: list[AuditEntry]) -> list[AuditEntry]:
    """See Note [Names that nobody has]."""
    of_nobody = {one.pk for one in waiting if one.event in OF_NOBODY and _is_of_nobody(one)}
    if not of_nobody:
        return waiting
    AuditEntry.objects.filter(pk__in=of_nobody).delete()
    summary = record(Event.LOGINS_OF_NOBODY, user_id=None, attempts=str(len(of_nobody)))
    return [one for one in waiting if one.pk not in of_nobody] + [summary]


def _is_of_nobody(entry: AuditEntry) -> bool:
    """From the beginning: not since an erasure, and not since somebody took the name out."""
    return entry.user_id is None and entry.about_erased_by is None and seals.part_fits(entry, seals.ABOUT)


def _trim_some(before: datetime) -> int:
    first = beginning()
    oldest = find_many(AuditEntry, match={"seq": {"$gt": first.seq}}, sort="seq", limit=MOST_TRIMMED)
    old = list(takewhile(lambda one: one.at < before, oldest))
    if not old:
        return 0
    if _read(FIRST) is None:
        insert_one(first)
    _move(first, old[-1], at=before)
    AuditEntry.objects.filter(seq__gt=first.seq, seq__lte=old[-1].seq).delete()
    return len(old)


def _move(present: ChainEnd, entry: AuditEntry, *, at: datetime) -> None:
    """Only from where it was when the caller read it."""
    assert entry.seq is not None
    moved = ChainEnd(id=present.pk, seq=entry.seq, hash=entry.hash, at=_in_milliseconds(at))
    change = {"seq": moved.seq, "hash": moved.hash, "at": moved.at, "seal": seals.seal_of_end(moved)}
    if find_one_and_update(ChainEnd, match={"_id": present.pk, "seq": present.seq}, update={"$set": change}) is None:
        raise EndRefused("somebody else has moved it")


def _begin(now: datetime) -> None:
    """With the very first row; where there are rows already, the end was taken away."""
    if find_one(AuditEntry, match={"seq": {"$gt": 0}}) is not None or _read(FIRST) is not None:
        raise EndRefused("there is none, but there are rows")
    try:
        insert_one(_genesis(LAST))
    except IntegrityError:
        logger.info("audit.begun_by_another_worker")


def _genesis(which: ChainEnd.Which) -> ChainEnd:
    start = ChainEnd(id=which.value, seq=0, hash="", at=datetime(2024, 1, 1, tzinfo=UTC))
    start.seal = seals.seal_of_end(start)
    return start


def _read(which: ChainEnd.Which) -> ChainEnd | None:
    return find_one(ChainEnd, match={"_id": which.value})


def _checked(chain_end: ChainEnd) -> ChainEnd:
    if not seals.end_fits(chain_end):
        raise EndRefused("it was changed")
    return chain_end


def _in_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)
