"""Jobs that failed for good, run once more because somebody says so."""

from django.db import transaction
from django.utils import timezone
from procrastinate.exceptions import UniqueViolation

from posts_project import sql
from posts_project.events import registry
from shared.problems import Problem


class NotFailed(Problem):
    status, code, title = 409, "not_failed", "It has not failed: it waits, runs, or was called off"


class AnotherWaits(Problem):
    status, code, title = 409, "another_waits", "Another of its kind waits already"


def retry(job_id: int) -> None:
    """Let the job run as soon as a worker is free.

    :raises NotFailed, AnotherWaits: see there.
    """
    try:
        _retry(job_id)
    except UniqueViolation as error:
        raise AnotherWaits from error


@transaction.atomic
def _retry(job_id: int) -> None:
    failed = sql.row(
        "SELECT FROM procrastinate_jobs WHERE id = %(id)s AND status = 'failed' FOR UPDATE", {"id": job_id}
    )
    if failed is None:
        raise NotFailed
    registry.again(job_id, at=timezone.now())
