"""Posts that are to go out later: taken, changed and moved, called off. `sending` sends them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from posts_project.drafts import unpublished
from posts_project.drafts.models import ScheduledPost
from posts_project.drafts.services import sending
from posts_project.posts.services import publish as publishing
from posts_project.profiles.models import Profile
from posts_project.profiles.services import fill
from shared import snowflakes
from shared.problems import FieldError, NotFound, Problem, ValidationProblem

MAX_SCHEDULED = 100

# Called with the locked row before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[ScheduledPost], None]


class TooManyScheduled(Problem):
    status, code, title = 409, "too_many_scheduled_posts", f"At most {MAX_SCHEDULED} posts can be scheduled"


@transaction.atomic
def schedule(*, author: Profile, post: Mapping[str, Any], scheduled_at: datetime, now: datetime) -> ScheduledPost:
    """Take a post that goes out at `scheduled_at`.

    :raises TooManyScheduled: there are a hundred already. :raises ValidationError, Problem: whatever publishing says.
    """
    said = unpublished.changed({}, post)
    _rehearse(author, said)
    fill.hold(author)
    if ScheduledPost.objects.filter(author=author).count() >= MAX_SCHEDULED:
        raise TooManyScheduled
    row = ScheduledPost.objects.create(id=snowflakes.new_id(), author=author, post=said, scheduled_at=scheduled_at)
    sending.arrange(row, now=now)
    return row


@transaction.atomic
def change(
    *,
    scheduled_id: int,
    author: Profile,
    changes: Mapping[str, Any],
    scheduled_at: datetime | None,
    now: datetime,
    precondition: Precondition,
) -> ScheduledPost:
    """Change what `changes` names of the post, and its time unless `scheduled_at` is None.

    :raises NotFound: no such row of `author`. :raises ValidationProblem: it has failed, and gets no new time.
    :raises ValidationError, Problem: whatever publishing says.
    """
    row = _own(scheduled_id, author, precondition)
    if row.failure is not None and scheduled_at is None:
        raise ValidationProblem(FieldError(field="scheduled_at", code="required", detail="Its time has passed."))
    row.post = unpublished.changed(row.post, changes)
    row.scheduled_at = scheduled_at or row.scheduled_at
    row.failure = None
    _rehearse(author, row.post)
    row.save()
    sending.arrange(row, now=now)
    return row


@transaction.atomic
def cancel(*, scheduled_id: int, author: Profile, precondition: Precondition) -> None:
    """:raises NotFound: no such row of `author`: perhaps it is out by now."""
    _own(scheduled_id, author, precondition).delete()


def _rehearse(author: Profile, post: Mapping[str, Any]) -> None:
    """Publish and take it back: what publishing asks, now and in versions to come, is asked here to the letter.

    :raises ValidationError, Problem: whatever publishing says.
    """
    draft = unpublished.complete(post)
    with transaction.atomic():
        publishing.publish(author=author, draft=draft)
        transaction.set_rollback(True)


def _own(scheduled_id: int, author: Profile, precondition: Precondition) -> ScheduledPost:
    row = ScheduledPost.objects.select_for_update().filter(id=scheduled_id, author=author).first()
    if row is None:
        raise NotFound
    precondition(row)
    return row
