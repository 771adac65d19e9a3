"""What Posts tells, and what comes of it: each event once, with its effect, in a transaction of its own."""

from datetime import datetime
from typing import Any

from auth_project.accounts.files import delete_stale
from auth_project.accounts.services import erasure, suspension
from auth_project.acting import By, acting
from auth_project.events.inbox import remember
from auth_project.tokens import receipts
from auth_project.transactions import run_in_txn
from shared import inbox
from shared.events import (
    FROM_POSTS,
    ErasureCompleted,
    Event,
    EventResult,
    EventStatus,
    Payload,
    ProfileReinstated,
    ProfileSuspended,
)


def receive(documents: list[Any], *, now: datetime) -> list[EventResult]:
    """Apply `documents` in order; what is no event of Posts' is rejected without stopping the others."""
    with acting(by=By.SERVICE, id="posts", ip=None, user_agent=""):
        results = inbox.receive(
            documents, among=FROM_POSTS, apply=lambda event, payload: _apply_once(event, payload, now)
        )
    inbox.count(results)
    return results


def _apply_once(event: Event, payload: Payload, now: datetime) -> EventStatus:
    if isinstance(payload, ErasureCompleted):
        # The receipt says that nothing is left. Files are part of no transaction, so they go before it; while one
        # cannot be deleted the event fails, and Posts tells it again.
        while delete_stale(now=now):
            pass
    return run_in_txn(lambda: _apply(event, payload, now))


def _apply(event: Event, payload: Payload, now: datetime) -> EventStatus:
    if not remember(event, now=now):
        return "duplicate"
    return "applied" if _is_news(event, payload, now) else "stale"


def _is_news(event: Event, payload: Payload, now: datetime) -> bool:
    if isinstance(payload, ProfileSuspended):
        return suspension.suspend_for_posts(
            user_id=payload.user_id, reason=payload.reason, until=payload.until, sequence=event.sequence, now=now
        )
    if isinstance(payload, ProfileReinstated):
        return suspension.reinstate_for_posts(user_id=payload.user_id, sequence=event.sequence)
    assert isinstance(payload, ErasureCompleted)
    return erasure.complete(user_id=payload.user_id, receipt=receipts.sign, now=now)
