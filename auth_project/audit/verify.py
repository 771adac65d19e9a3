"""Is the chain whole? Walked from its beginning, to the first row that is not as it was sealed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from auth_project.audit import chain, seals
from auth_project.audit.chain import EndRefused
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry, ChainEnd
from auth_project.audit.seals import PARTS
from auth_project.mongodb import find_many
from shared.snowflakes import created_at

PAGE = 1_000
MOST_WAITING = 10_000
LOWEST = -(2**63)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`row` is the number of a row, or what else there is; `what` says what was done to it."""

    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


@dataclass(kw_only=True)
class Verdict:
    """`waiting` rows are not sealed yet, the oldest since `waiting_since`; of `rows` some were `erased`, in part."""

    rows: int = 0
    erased: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    last: ChainEnd | None = None
    fault: Fault | None = None


@dataclass(kw_only=True)
class _Walk:
    """What is known when a row is looked at: the one before it, and what has to be there somewhere."""

    seq: int
    hash: str
    verdict: Verdict = field(default_factory=Verdict)
    erasures: set[int] = field(default_factory=set)
    # The number of the first row that names an erasure.
    named: dict[int, str] = field(default_factory=dict)
    is_expected_found: bool = False


def verify(*, expected: str = "", seen: Callable[[int], None] = lambda count: None) -> Verdict:
    """Look at every row, those that wait at last.

    :param expected: the hash of a row that the chain had once, from a log or an earlier look.
    :param seen: told how many rows were looked at since it was last told.
    """
    while True:
        try:
            began = chain.beginning()
            verdict = _verified(began, expected, seen)
            if verdict.fault is None or chain.beginning().seq == began.seq:
                return verdict
        except EndRefused as error:
            return Verdict(fault=Fault(row="the record of an end of the chain", what=str(error)))
        # Else rows were trimmed away under our feet.


def _verified(began: ChainEnd, expected: str, seen: Callable[[int], None]) -> Verdict:
    ended = chain.end()
    walk = _Walk(seq=began.seq, hash=began.hash, is_expected_found=expected in ("", began.hash))
    verdict = walk.verdict
    for page in _pages():
        for entry in page:
            verdict.fault = _fault_of_row(entry, walk)
            if verdict.fault is not None:
                return verdict
            walk.is_expected_found |= entry.hash == expected
        seen(len(page))
    verdict.last = chain.end()
    verdict.fault = _fault_of_end(walk, ended, verdict.last) or _fault_of_waiting(walk)
    if verdict.fault is None:
        verdict.fault = _fault_of_erasures(walk, began) or _fault_of_expectation(walk)
    return verdict


def _pages() -> Iterator[list[AuditEntry]]:
    """All that have a number, whatever that is; those that have the same one come together."""
    after = LOWEST
    while page := find_many(AuditEntry, match={"seq": {"$gte": after}}, sort="seq", limit=PAGE):
        # The last ones of a full page may have others of their number behind them.
        whole = page if len(page) < PAGE else [one for one in page if one.seq != page[-1].seq]
        yield whole or page
        if len(page) < PAGE:
            return
        after = page[-1].seq if whole else (page[-1].seq or 0) + 1


def _fault_of_row(entry: AuditEntry, walk: _Walk) -> Fault | None:
    number = entry.seq or 0
    row = f"row {number} ({entry.event}, id {entry.pk})"
    if number > walk.seq + 1:
        return Fault(row=_rows(walk.seq + 1, number - 1), what="removed")
    if number < walk.seq + 1:
        return Fault(row=row, what="inserted: there is a row of that number, or there was")
    if fault := _fault_of_parts(entry, row, walk):
        return fault
    if entry.previous != walk.hash:
        return Fault(row=row, what="moved: it was sealed behind another row than the one before it")
    if not seals.row_fits(entry):
        return Fault(row=row, what="changed or inserted: what it says does not fit its seal")
    walk.seq, walk.hash = number, entry.hash
    walk.verdict.rows += 1
    walk.verdict.erased += any(not getattr(entry, f"{part}_salt") for part in PARTS)
    return None


def _fault_of_parts(entry: AuditEntry, row: str, walk: _Walk) -> Fault | None:
    if entry.event == Event.ERASURE_REQUESTED:
        walk.erasures.add(entry.pk)
    for part in PARTS:
        if getattr(entry, f"{part}_salt"):
            if not seals.part_fits(entry, part):
                return Fault(row=row, what=f"changed or inserted: its {part} does not fit its seal")
        elif not seals.erasure_fits(entry, part):
            return Fault(row=row, what=f"changed: its {part} was taken away by no erasure")
        else:
            walk.named.setdefault(getattr(entry, f"{part}_erased_by"), row)
    return None


def _fault_of_end(walk: _Walk, before: ChainEnd | None, after: ChainEnd | None) -> Fault | None:
    """`before` is the end as it was before the walk, `after` as it is now: rows are sealed meanwhile."""
    if after is None:
        return Fault(row="the record of the end of the chain", what="removed") if walk.verdict.rows else None
    if before is not None and walk.seq < before.seq:
        return Fault(row=_rows(walk.seq + 1, before.seq), what="removed at the end")
    if walk.seq > after.seq:
        return Fault(row=_rows(after.seq + 1, walk.seq), what="inserted at the end")
    if walk.seq == after.seq and walk.hash != after.hash:
        return Fault(row=f"row {walk.seq}", what="changed: the record of the end has another hash")
    return None


def _fault_of_waiting(walk: _Walk) -> Fault | None:
    """Those that wait have no place yet, but what they say is sealed."""
    for entry in find_many(AuditEntry, match={"seq": None}, sort="_id", limit=MOST_WAITING):
        if fault := _fault_of_parts(entry, f"a row that waits ({entry.event}, id {entry.pk})", walk):
            return fault
        walk.verdict.waiting += 1
        walk.verdict.waiting_since = walk.verdict.waiting_since or entry.at
    return None


def _fault_of_erasures(walk: _Walk, began: ChainEnd) -> Fault | None:
    """Every erasure that rows name is a row itself, unless that was trimmed away."""
    for erasure, row in walk.named.items():
        if erasure not in walk.erasures and created_at(erasure) >= began.at:
            return Fault(row=row, what=f"changed: the erasure {erasure} that it names is not in the chain")
    return None


def _fault_of_expectation(walk: _Walk) -> Fault | None:
    if walk.is_expected_found:
        return None
    what = "no row has the expected hash: rows were removed at the end, or it is of before the oldest row that is kept"
    return Fault(row=f"the chain as far as row {walk.seq}", what=what)


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"
