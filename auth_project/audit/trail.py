"""Writing down what happened, and taking away what names somebody who is erased."""

from typing import Any

from django.utils import timezone
from pymongo import UpdateOne

from auth_project import acting
from auth_project.acting import By
from auth_project.audit import seals
from auth_project.audit.events import FAILURES, Event
from auth_project.audit.models import AuditEntry
from auth_project.audit.seals import ABOUT, PARTS, SOURCE
from auth_project.mongodb import bulk_write, find_many, insert_one
from auth_project.transactions import in_txn, run_in_txn
from shared.snowflakes import new_id

# As many as a transaction changes well within a second.
MOST_FORGOTTEN = 2_000

_BLANK: dict[str, dict[str, Any]] = {
    ABOUT: {"user_id": None, "detail": {}, "about_salt": ""},
    SOURCE: {"by_id": "", "ip": None, "user_agent": "", "source_salt": ""},
}


class RecordedOutsideTransaction(RuntimeError):
    """A row that could be lost, or tell of a change that never happened: a bug of ours."""


def record(event: Event, *, user_id: int | None, entry_id: int | None = None, **detail: str) -> AuditEntry:
    """Write down what happens to an account, in the transaction in which it does; by whom says `acting`.

    :param entry_id: the id that it gets, where there is one by which it is known.
    :param detail: what else there is to say, as docs/audit.md lists it; never a secret, a name or an address.
    """
    if not in_txn():
        raise RecordedOutsideTransaction(event)
    entry = _new(event, user_id, detail, entry_id)
    insert_one(entry)
    return entry


def note(event: Event, *, user_id: int | None, **detail: str) -> None:
    """Write down what has no effect of its own, such as a refusal: it stays, whatever becomes of a transaction around.

    :param user_id: None where a name was given that nobody has, so that it is the same work; see `chain`.
    """
    insert_one(_new(event, user_id, detail), apart=True)


def forget(*, user_id: int, erasure: int) -> int:
    """Blank what names that user in up to 2,000 rows of each kind; return in how many: 0 where nothing is left.

    :param erasure: the id of the row that says that they asked for it.
    """
    about = find_many(AuditEntry, match={"user_id": user_id}, sort="_id", limit=MOST_FORGOTTEN)
    as_staff = {"by_id": str(user_id), "by": By.STAFF.value}
    done = find_many(AuditEntry, match=as_staff, sort="_id", limit=MOST_FORGOTTEN)
    changes = [_blanked(one, [ABOUT, *_own_source(one)], erasure) for one in about]
    changes += [_blanked(one, [SOURCE], erasure) for one in done if one not in about]
    if changes:
        bulk_write(AuditEntry, changes)
    return len(changes)


def forget_all(*, user_id: int, erasure: int) -> int:
    """As `forget`, until nothing is left, in a transaction for each 2,000 rows."""
    total = 0
    while count := run_in_txn(lambda: forget(user_id=user_id, erasure=erasure)):
        total += count
    return total


def _new(event: Event, user_id: int | None, detail: dict[str, str], entry_id: int | None = None) -> AuditEntry:
    actor, now = acting.current(), timezone.now()
    entry = AuditEntry(
        id=entry_id or new_id(),
        event=event.value,
        # MongoDB keeps milliseconds.
        at=now.replace(microsecond=now.microsecond // 1_000 * 1_000),
        by=(By.UNKNOWN if event in FAILURES and actor.by == By.USER else actor.by).value,
        user_id=user_id,
        detail=detail | ({"site": actor.site} if actor.site else {}),
        by_id=actor.id,
        ip=actor.ip,
        user_agent=actor.user_agent,
        about_salt=seals.new_salt(),
        source_salt=seals.new_salt(),
    )
    for part in PARTS:
        setattr(entry, f"{part}_seal", seals.seal_of_part(entry, part))
    return entry


def _own_source(entry: AuditEntry) -> list[str]:
    """Whose address it is: theirs, or of somebody who said to be them; not that of staff."""
    return [SOURCE] if entry.by in (By.USER, By.UNKNOWN) else []


def _blanked(entry: AuditEntry, parts: list[str], erasure: int) -> UpdateOne:
    change: dict[str, Any] = {}
    for part in parts:
        change |= _BLANK[part]
        change[f"{part}_erased_by"] = erasure
        change[f"{part}_erasure_seal"] = seals.seal_of_erasure(entry, part, erasure)
    return UpdateOne({"_id": entry.pk}, {"$set": change})
