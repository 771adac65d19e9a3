"""Reads of the audit."""

from collections.abc import Iterator
from typing import Any

from auth_project.acting import By
from auth_project.audit.models import AuditEntry
from auth_project.mongodb import find_many

AT_ONCE = 1_000


def page_of_user(user_id: int, event: str, *, before: int | None, after: int | None, limit: int) -> list[AuditEntry]:
    """What happened to that account, of one kind where one is named; upward from `after`, else downward from `before`.

    One range of an index.
    """
    match: dict[str, Any] = {"user_id": user_id} | ({"event": event} if event else {})
    if after is not None:
        return find_many(AuditEntry, match=match | {"_id": {"$gt": after}}, sort="_id", limit=limit)
    if before is not None:
        match["_id"] = {"$lt": before}
    return find_many(AuditEntry, match=match, sort="-_id", limit=limit)


def all_of_user(user_id: int) -> Iterator[dict[str, Any]]:
    """Everything, as its owner may see it, newest first."""
    before: int | None = None
    while page := page_of_user(user_id, "", before=before, after=None, limit=AT_ONCE):
        yield from map(shown_to_owner, page)
        before = page[-1].pk


def shown_to_owner(entry: AuditEntry) -> dict[str, Any]:
    """Addresses are theirs, or of who said to be them; those of staff and of services are not for them."""
    is_theirs = entry.by in (By.USER, By.UNKNOWN)
    return {
        "id": entry.pk,
        "type": entry.event,
        "outcome": entry.outcome,
        "created_at": entry.at,
        "by": entry.by,
        "ip": entry.ip if is_theirs else None,
        "user_agent": entry.user_agent if is_theirs else "",
        "detail": entry.detail,
    }
