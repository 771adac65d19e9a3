"""What `/metrics` says of what waits in Auth's database."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone
from prometheus_client.core import Metric

from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from auth_project.mongodb import aware, connection
from shared.samples import Sampled, gauge, gauge_by

# Also where MongoDB answers but has too much to look at.
MOST_MILLISECONDS = 800


def backlog() -> Sequence[Metric]:
    """Events and mails that have not arrived: how many, and since when the oldest of them waits."""
    events, mails = _waiting(OutboxEvent), _waiting(Mail)
    return [
        gauge_by("outbox_events", "Events that Posts has not taken", ["status"], _counts(events)),
        gauge("outbox_oldest_pending_seconds", "How long the oldest pending event has waited", _age(events)),
        gauge_by("mails", "Mails that the mail server has not taken", ["status"], _counts(mails)),
        gauge("mails_oldest_pending_seconds", "How long the oldest pending mail has waited", _age(mails)),
    ]


def _waiting(model: type[models.Model]) -> dict[str, dict[str, Any]]:
    """For each status of what waits: `count`, and `since`, when the oldest was recorded."""
    connection().ensure_connection()
    rows = (
        connection()
        .database[model._meta.db_table]
        .aggregate(
            [
                {"$match": {"status": {"$in": ["pending", "dead"]}}},
                {"$group": {"_id": "$status", "count": {"$sum": 1}, "since": {"$min": "$created_at"}}},
            ],
            maxTimeMS=MOST_MILLISECONDS,
        )
    )
    return {row["_id"]: row for row in rows}


def _counts(waiting: dict[str, dict[str, Any]]) -> dict[tuple[str, ...], float]:
    return {(status,): waiting[status]["count"] if status in waiting else 0 for status in ("pending", "dead")}


def _age(waiting: dict[str, dict[str, Any]]) -> float:
    if "pending" not in waiting:
        return 0.0
    return timezone.now().timestamp() - aware(waiting["pending"]["since"]).timestamp()


SAMPLES = [Sampled("mongodb", backlog)]
