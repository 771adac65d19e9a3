"""Sending scheduled posts at their time.

Note [Schedules]: the table is the schedule. Every worker looks through the whole queue once a second, jobs of the far
future included (100,000 of them: 48 ms a look), so a post's job is queued only when its time is near: with the post
itself where that is within two minutes, else by the sweep, which comes every minute. So most posts get two jobs, and
one whose job was lost, or whose worker died, gets another within a minute of its time.

A job is made for one post at one time, and does nothing where the post is gone or has moved. It locks the row, and
publishes and deletes it in one transaction; so of any number of jobs on any number of workers one sends the post, and
one that is killed has sent nothing. What publishing refuses (the author is away, the post replied to is gone) stays
with its reason, and is not tried again by itself: its author decides whether it still makes sense.
"""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.encoding import force_str
from rest_framework.exceptions import ValidationError

from posts_project.drafts import unpublished
from posts_project.drafts.models import ScheduledPost
from posts_project.events.registry import defer_at
from posts_project.posts.services import publish as publishing
from posts_project.profiles.services.fill import AccountInactive
from shared.exception_handler import as_problem
from shared.problems import Problem

NEAR = timedelta(minutes=2)

logger = logging.getLogger(__name__)


def arrange(row: ScheduledPost, *, now: datetime) -> None:
    """Queue the job of a post whose time is near, in the caller's transaction; the sweep sees to the others."""
    if row.scheduled_at <= now + NEAR:
        defer_at(row.scheduled_at, "drafts.send", scheduled_id=row.id, at=row.scheduled_at.isoformat())


def sweep(*, now: datetime) -> int:
    """Queue a job for each post whose time is near or past; return how many."""
    near = ScheduledPost.objects.filter(scheduled_at__lte=now + NEAR, failure__isnull=True)
    rows = near.only("scheduled_at").order_by("scheduled_at")
    for row in rows:
        arrange(row, now=now)
    return len(rows)


@transaction.atomic
def send(*, scheduled_id: int, at: datetime) -> None:
    """Publish the post that was scheduled for `at`, or keep it and say why not; once, see Note [Schedules]."""
    rows = ScheduledPost.objects.select_for_update(of=("self",)).select_related("author")
    row = rows.filter(id=scheduled_id, scheduled_at=at, failure__isnull=True).first()
    if row is None:
        return
    try:
        with transaction.atomic():
            _publish(row)
    except (Problem, ValidationError) as error:
        row.failure = _failure(error)
        row.save(update_fields=["failure"])
        logger.info("scheduled_post.refused", extra={"scheduled_id": row.id, "reason": row.failure["code"]})
    else:
        row.delete()


def _publish(row: ScheduledPost) -> None:
    if not row.author.is_present:
        raise AccountInactive
    publishing.publish(author=row.author, draft=unpublished.complete(row.post))


def _failure(error: Problem | ValidationError) -> dict[str, Any]:
    problem = as_problem(error)
    assert problem is not None
    return {
        "code": problem.code,
        "detail": force_str(problem.detail),
        "errors": [asdict(fault) for fault in problem.errors],
    }
