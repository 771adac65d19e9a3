"""Saying that something happened, at the bottom of the ladder, without knowing who listens.

`publish` calls, inside the caller's transaction, whoever the table in `worker.subscriptions` names for the event; the
topmost app hangs that table here at start-up. So a consequence that must hold at once holds with the change or not at
all, and one that can wait is a job that its subscriber defers, in the same transaction, by name.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from posts_project import sql


class Fact(Protocol):
    """A frozen dataclass in the past tense; `type` names it."""

    type: ClassVar[str]


Subscriber = Callable[[Any], None]

# Jobs are queued on Django's own connection, also inside of the worker, whose app has a connection of its own.
_queue = JobManager(DjangoConnector())

# Jobs that have been promised a time, or see to those, are taken before others that wait.
PROMISED = 10
# And these after all others: nobody waits for them.
PATIENT = -10

_subscribers: Mapping[str, Sequence[Subscriber]] = {}

logger = logging.getLogger(__name__)


def wire(table: Mapping[str, Sequence[Subscriber]]) -> None:
    """Hang up the table; the last one hung up counts."""
    global _subscribers
    _subscribers = table


def publish(fact: Fact) -> None:
    """Let every subscriber of `fact` do its part, in this transaction.

    :raises LookupError: the table does not know the fact's type: a fact without a line there is a mistake.
    """
    publish_as(fact.type, fact)


def publish_as(name: str, fact: Any) -> None:
    """`publish` for a fact that came from outside, whose type stands in its envelope."""
    for subscriber in _subscribers[name]:
        subscriber(fact)


def defer(job: str, **arguments: Any) -> None:
    """Queue the job of that name; it runs once this transaction has been committed, and never if it is not."""
    _defer(job, arguments)


def defer_at(moment: datetime, job: str, **arguments: Any) -> None:
    """`defer`, but the job runs no sooner than at `moment`, and then before those that have not been promised a time.

    Only for what is near: workers look through all jobs that wait, whenever they are due.
    """
    _defer(job, arguments, schedule_at=moment, priority=PROMISED)


def defer_until(moment: datetime, job: str, **arguments: Any) -> None:
    """`defer`, but the job runs no sooner than at `moment`, however far that is, and then when no other is due.

    Workers look through all jobs that wait: twenty thousand of these cost every look some milliseconds.
    """
    _defer(job, arguments, schedule_at=moment, priority=PATIENT)


def defer_once_at(moment: datetime, job: str, **arguments: Any) -> None:
    """`defer_at`, unless the same job waits already, and then that one is kept from beginning until this transaction
    ends: it will find all that has been done here."""
    waits = sql.row(
        """
        SELECT id FROM procrastinate_jobs
        WHERE status = 'todo' AND task_name = %(job)s AND args = %(arguments)s::jsonb
        LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        {"job": job, "arguments": json.dumps(arguments)},
    )
    if waits is None:
        defer_at(moment, job, **arguments)


def again(job_id: int, *, at: datetime) -> None:
    """Let a job that has failed run once more, no sooner than `at`; the caller has seen to it that it has."""
    _queue.retry_job_by_id(job_id, at)


def withdraw(name: str, value: int, *, but: str) -> None:
    """Take back the jobs, but those called `but`, whose argument `name` is `value` and which nobody is at."""
    sql.execute(
        """
        DELETE FROM procrastinate_jobs
        WHERE status IN ('todo', 'failed', 'cancelled', 'aborted')
            AND args -> %(name)s::text = to_jsonb(%(value)s::bigint) AND task_name <> %(but)s
        """,
        {"name": name, "value": value, "but": but},
    )


def _defer(job: str, arguments: Mapping[str, Any], **options: Any) -> None:
    """The line leads from the trace of what queued a job to the job's own, whose line has the same `job_id`."""
    job_id = configure_task(name=job, job_manager=_queue, **options).defer(**arguments)
    logger.info("job.queued", extra={"task": job, "job_id": job_id})
