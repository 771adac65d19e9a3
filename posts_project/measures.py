"""What `/metrics` says of what waits in Posts' database, and how old what it knows of Auth's keys is."""

from collections.abc import Sequence

from prometheus_client.core import Metric

from posts_project import sql
from posts_project.revocations.models import PublishedKeys
from shared.samples import Sampled, gauge, gauge_by

# Without an index of its own: jobs that are done are deleted, so what there is to look at is what waits or has failed.
_JOBS = """
    SELECT status::text, task_name, count(*),
        min(scheduled_at) FILTER (WHERE status = 'todo' AND scheduled_at <= now()),
        min(id) FILTER (WHERE status = 'todo' AND scheduled_at IS NULL)
    FROM procrastinate_jobs
    GROUP BY status, task_name
"""
# A job does not say when it was queued; the note of that does. Ids are given in order, so the least is the oldest.
_OLDEST_DUE = """
    SELECT extract(epoch FROM now() - least(
        %(scheduled_at)s::timestamptz,
        (SELECT min(at) FROM procrastinate_events WHERE job_id = %(job)s::bigint AND type = 'deferred')
    ))::float8
"""


def jobs() -> Sequence[Metric]:
    """The queue: how many, of which task, in which state, and since when the oldest could have run."""
    found = sql.rows(_JOBS, {})
    counts: dict[tuple[str, ...], float] = {(status, task): float(count) for status, task, count, _, _ in found}
    return [
        gauge_by("jobs", "Jobs in the queue; those that are done are deleted", ["status", "task"], counts),
        gauge("jobs_oldest_due_seconds", "How long the oldest job that could run has waited", _oldest_due(found)),
    ]


def keys() -> Sequence[Metric]:
    """Nothing before the first time."""
    fetched_at = PublishedKeys.objects.values_list("fetched_at", flat=True).first()
    if fetched_at is None:
        return []
    help_text = "When any process last fetched Auth's public keys"
    return [gauge("published_keys_fetched_timestamp_seconds", help_text, fetched_at.timestamp())]


def _oldest_due(found: list[sql.Row]) -> float:
    scheduled = [row[3] for row in found if row[3] is not None]
    unscheduled = [row[4] for row in found if row[4] is not None]
    oldest = {"scheduled_at": min(scheduled, default=None), "job": min(unscheduled, default=None)}
    row = sql.row(_OLDEST_DUE, oldest)
    return max(0.0, row[0]) if row and row[0] is not None else 0.0


SAMPLES = [Sampled("postgresql", lambda: [*jobs(), *keys()])]
