"""Taking in events from Auth: each once, with its effect, in a transaction of its own."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from posts_project import sql
from posts_project.events import positions, registry
from posts_project.events.models import InboxEvent
from shared.events import Event, EventResult, InvalidEvent, Payload

ATTEMPTS = 3

logger = logging.getLogger(__name__)


@dataclass
class Received:
    """An event on its way to its subscribers; one of them sets `stale` where it knew better already."""

    payload: Payload
    sequence: int
    received_at: datetime
    stale: bool = False


def receive(documents: list[Any], *, now: datetime) -> list[EventResult]:
    """Apply `documents` in order; what is no event at all is rejected without stopping the others."""
    return [_receive(document, now) for document in documents]


def purge(*, before: datetime) -> int:
    """Forget the ids of events received before then, which nobody repeats any more; return how many."""
    return InboxEvent.objects.filter(received_at__lt=before).delete()[0]


def _receive(document: Any, now: datetime) -> EventResult:
    try:
        event = Event.from_json(document)
        return _apply_patiently(event, event.payload(), now)
    except InvalidEvent as error:
        logger.error("inbox.rejected", extra={"reason": str(error)})
        return EventResult(id=_id_of(document), status="rejected", reason=str(error))


def _apply_patiently(event: Event, payload: Payload, now: datetime) -> EventResult:
    """Two events that swap a username can meet in the unique index: whoever came second simply starts again."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _apply(event, payload, now)
        except IntegrityError:
            logger.warning("inbox.retried", extra={"event_id": event.id})
    return _apply(event, payload, now)


@transaction.atomic
def _apply(event: Event, payload: Payload, now: datetime) -> EventResult:
    is_new = _remember(event)
    positions.note(event.subject, event.sequence, now=now)
    if not is_new:
        return EventResult(id=event.id, status="duplicate")
    received = Received(payload=payload, sequence=event.sequence, received_at=now)
    registry.publish_as(event.type, received)
    return EventResult(id=event.id, status="stale" if received.stale else "applied")


def _remember(event: Event) -> bool:
    """Whether `event` is new. A second delivery at the same time waits here for the first to end."""
    return bool(
        sql.execute(
            """
            INSERT INTO inbox_event (id, type, subject, sequence)
            VALUES (%(id)s, %(type)s, %(subject)s, %(sequence)s)
            ON CONFLICT (id) DO NOTHING
            """,
            {"id": event.id, "type": event.type, "subject": event.subject, "sequence": event.sequence},
        )
    )


def _id_of(document: Any) -> str:
    value = document.get("id") if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
