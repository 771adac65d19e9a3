"""What `/metrics` says of what waits in Auth's database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from prometheus_client.core import Metric

from auth_project.audit.models import AuditEntry
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from auth_project.mongodb import aware, connection
from shared.samples import Sampled, gauge, gauge_by

# Of so many nobody needs to know exactly, and to look at these takes a tenth of a second already.
MOST_COUNTED = 20_000
MOST_MILLISECONDS = 400


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """`age`, in seconds, is that of the oldest."""

    count: int = 0
    age: float = 0.0


def backlog() -> Sequence[Metric]:
    """Events and mails that have not arrived, rows that are not sealed: how many, and since when the oldest waits."""
    now = timezone.now()
    unsealed = _waiting(AuditEntry, {"seq": None}, now, since="at")
    events = {status: _waiting(OutboxEvent, {"status": status}, now) for status in ("pending", "dead")}
    mails = {status: _waiting(Mail, {"status": status}, now) for status in ("pending", "dead")}
    return [
        gauge_by("outbox_events", "Events that Posts has not taken, as far as 20,000", ["status"], _counts(events)),
        gauge("outbox_oldest_pending_seconds", "How long the oldest pending event has waited", events["pending"].age),
        gauge(
            "audit_unsealed", "Rows of the audit that have no place in the chain yet, as far as 20,000", unsealed.count
        ),
        gauge("audit_oldest_unsealed_seconds", "How long the oldest of them has waited", unsealed.age),
        gauge_by("mails", "Mails that the mail server has not taken, as far as 20,000", ["status"], _counts(mails)),
        gauge("mails_oldest_pending_seconds", "How long the oldest pending mail has waited", mails["pending"].age),
    ]


def _waiting(
    model: type[models.Model], match: dict[str, str | None], now: datetime, *, since: str = "created_at"
) -> Waiting:
    connection().ensure_connection()
    pipeline = [
        {"$match": match},
        {"$limit": MOST_COUNTED},
        {"$group": {"_id": None, "count": {"$sum": 1}, "since": {"$min": f"${since}"}}},
    ]
    rows = connection().database[model._meta.db_table].aggregate(pipeline, maxTimeMS=MOST_MILLISECONDS)
    for row in rows:
        return Waiting(count=row["count"], age=(now - aware(row["since"])).total_seconds())
    return Waiting()


def _counts(waiting: dict[str, Waiting]) -> dict[tuple[str, ...], float]:
    return {(status,): float(one.count) for status, one in waiting.items()}


SAMPLES = [Sampled("mongodb", backlog)]
