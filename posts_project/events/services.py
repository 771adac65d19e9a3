"""Taking in events from Auth: each once, in one transaction with its effect.

Note [Events taken together]: a few share a transaction, which spares most of what a transaction costs (a backlog of ten
thousand goes in half the time). Where anything fails, none of them has happened, and each is tried in its own; so one
bad event holds up no other. They are few, for the profiles stay locked until the last is through.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction

from posts_project import sql
from posts_project.events import positions, registry
from posts_project.events.facts import EventsMissed
from posts_project.events.models import EventPosition, InboxEvent
from shared import inbox
from shared.events import FROM_AUTH, Event, EventResult, EventStatus, Payload
from shared.fields import parse_id
from shared.pseudonyms import pseudonym

TOGETHER = 20
ATTEMPTS = 3
SUBJECT = "subject of events"

logger = logging.getLogger(__name__)


@dataclass
class Received:
    """An event on its way to its subscribers; one of them sets `stale` where it knew better already."""

    payload: Payload
    sequence: int
    received_at: datetime
    stale: bool = False


def receive(documents: list[Any], *, now: datetime) -> list[EventResult]:
    """Apply `documents` in order; what is no event of Auth's is rejected without stopping the others."""
    results = []
    for start in range(0, len(documents), TOGETHER):
        results += _receive_together(documents[start : start + TOGETHER], now)
    inbox.count(results)
    return results


def _receive_together(documents: Sequence[Any], now: datetime) -> list[EventResult]:
    try:
        with transaction.atomic():
            return _read(documents, lambda event, payload: _apply(event, payload, now))
    except DatabaseError as error:
        logger.warning("inbox.one_by_one", extra={"events": len(documents), "reason": error.__class__.__name__})
    return _read(documents, lambda event, payload: _apply_alone(event, payload, now))


def _read(documents: Sequence[Any], apply: Callable[[Event, Payload], EventStatus]) -> list[EventResult]:
    return inbox.receive(documents, among=FROM_AUTH, apply=apply)


def purge(*, before: datetime) -> int:
    """Forget the ids of events received before then, which nobody repeats any more; return how many."""
    return InboxEvent.objects.filter(received_at__lt=before).delete()[0]


def forget(*, user_id: int) -> None:
    """Delete which events of that user have arrived; those of before subjects had pseudonyms, too."""
    subject = subject_of(user_id)
    InboxEvent.objects.filter(subject__in=[str(user_id), subject]).delete()
    EventPosition.objects.filter(subject=subject).delete()


def subject_of(user_id: int) -> str:
    """What stands for a user where it is noted which events of theirs have arrived."""
    return pseudonym(SUBJECT, user_id)


def _apply_alone(event: Event, payload: Payload, now: datetime) -> EventStatus:
    """Two events that swap a username can meet in the unique index: whoever came second simply starts again."""
    for _ in range(ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return _apply(event, payload, now)
        except IntegrityError:
            logger.warning("inbox.retried", extra={"event_id": event.id})
    with transaction.atomic():
        return _apply(event, payload, now)


def _apply(event: Event, payload: Payload, now: datetime) -> EventStatus:
    subject = pseudonym(SUBJECT, event.subject)
    is_new = _remember(event, subject)
    if positions.leaves_a_gap(subject, event.sequence) and (user_id := parse_id(event.subject)):
        registry.publish(EventsMissed(user_id=user_id, noticed_at=now))
    if not is_new:
        return "duplicate"
    received = Received(payload=payload, sequence=event.sequence, received_at=now)
    registry.publish_as(event.type, received)
    return "stale" if received.stale else "applied"


def _remember(event: Event, subject: str) -> bool:
    """Whether `event` is new. A second delivery at the same time waits here for the first to end."""
    return bool(
        sql.execute(
            """
            INSERT INTO inbox_event (id, type, subject, sequence)
            VALUES (%(id)s, %(type)s, %(subject)s, %(sequence)s)
            ON CONFLICT (id) DO NOTHING
            """,
            {"id": event.id, "type": event.type, "subject": subject, "sequence": event.sequence},
        )
    )
