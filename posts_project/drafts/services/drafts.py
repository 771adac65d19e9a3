"""Drafts: kept, changed, thrown away, and published at last."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from posts_project.drafts import unpublished
from posts_project.drafts.models import Draft
from posts_project.media.services import attachments
from posts_project.posts.models import Post
from posts_project.posts.services import publish as publishing
from posts_project.profiles.models import Profile
from posts_project.profiles.services import fill
from shared import snowflakes
from shared.problems import NotFound, Problem, ValidationProblem

MAX_DRAFTS = 100

# Called with the locked draft before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[Draft], None]


class TooManyDrafts(Problem):
    status, code, title = 409, "too_many_drafts", f"At most {MAX_DRAFTS} drafts can be kept"


@transaction.atomic
def keep(*, author: Profile, post: Mapping[str, Any], now: datetime) -> Draft:
    """:raises TooManyDrafts: there are a hundred already. :raises ValidationProblem: it has pictures that it cannot."""
    _require_media(author, post)
    fill.hold(author)
    if Draft.objects.filter(author=author).count() >= MAX_DRAFTS:
        raise TooManyDrafts
    said = unpublished.changed({}, post)
    return Draft.objects.create(id=snowflakes.new_id(), author=author, post=said, updated_at=now)


@transaction.atomic
def change(
    *, draft_id: int, author: Profile, changes: Mapping[str, Any], now: datetime, precondition: Precondition
) -> Draft:
    """Change what `changes` names; where that is nothing new, nothing happens.

    :raises NotFound: no such draft of `author`. :raises ValidationProblem: it would have pictures that it cannot.
    """
    draft = _own(draft_id, author, precondition)
    _require_media(author, changes)
    said = unpublished.changed(draft.post, changes)
    if said != draft.post:
        draft.post, draft.updated_at = said, now
        draft.save()
    return draft


@transaction.atomic
def delete(*, draft_id: int, author: Profile, precondition: Precondition) -> None:
    """:raises NotFound: no such draft of `author`."""
    _own(draft_id, author, precondition).delete()


@transaction.atomic
def publish(*, draft_id: int, author: Profile, precondition: Precondition) -> Post:
    """Make the draft a post. It stays locked until it is gone, so that it is published once.

    :raises NotFound: no such draft of `author`. :raises ValidationError: it is not complete.
    :raises Problem: whatever publishing says.
    """
    draft = _own(draft_id, author, precondition)
    post = publishing.publish(author=author, draft=unpublished.complete(draft.post))
    draft.delete()
    return post


def _require_media(author: Profile, post: Mapping[str, Any]) -> None:
    ids = [int(number) for number in post.get(attachments.FIELD) or ()]
    faults = attachments.faults(ids, owner_id=author.id, lock=False)
    if faults:
        raise ValidationProblem(*faults)


def _own(draft_id: int, author: Profile, precondition: Precondition) -> Draft:
    draft = Draft.objects.select_for_update().filter(id=draft_id, author=author).first()
    if draft is None:
        raise NotFound
    precondition(draft)
    return draft
