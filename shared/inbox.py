"""Receiving `POST /internal/v1/events`: the shapes, and the way of a batch, are those of both services.

What one event does, once and in a transaction with its id, is the service's to say.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import Counter
from rest_framework import serializers

from shared.events import EVENT_STATUSES, MAX_BATCH, Event, EventResult, EventStatus, InvalidEvent, Payload, Payloads
from shared.serializers import Input, Output

RECEIVED = Counter("inbox_events_total", "Events that the other service delivered, by what became of them", ["result"])
for _status in EVENT_STATUSES:
    RECEIVED.labels(_status)

logger = logging.getLogger(__name__)


class EventsInput(Input):
    """A batch. What each event must look like is `shared.events`' to say: one bad event must not refuse its batch."""

    events = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_BATCH)


class EventResultOutput(Output):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=["applied", "duplicate", "stale", "rejected"])
    reason = serializers.CharField(required=False)


class EventResultsOutput(Output):
    results = EventResultOutput(many=True)


def receive(
    documents: Sequence[Any], *, among: Payloads, apply: Callable[[Event, Payload], EventStatus]
) -> list[EventResult]:
    """Apply `documents` in order; what is no event of `among` is rejected without stopping the others."""
    return [_receive(document, among, apply) for document in documents]


def count(results: Sequence[EventResult]) -> None:
    """Say in the metrics what became of them, once it is certain."""
    for result in results:
        RECEIVED.labels(result.status).inc()


def _receive(document: Any, among: Payloads, apply: Callable[[Event, Payload], EventStatus]) -> EventResult:
    try:
        event = Event.from_json(document)
        return EventResult(id=event.id, status=apply(event, event.payload(among)))
    except InvalidEvent as error:
        logger.error("inbox.rejected", extra={"reason": str(error)})
        return EventResult(id=_id_of(document), status="rejected", reason=str(error))


def _id_of(document: Any) -> str:
    value = document.get("id") if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
