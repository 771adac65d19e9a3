"""Giving pictures other names, so that addresses that were told before lead nowhere.

Note [Names that end]: files are read by whoever has the address, from a store that asks nobody. So when a post is
hidden its pictures get new names: copied first, then written down, and what had the old ones becomes stale in the same
transaction (Note [Files that go]). The author, who goes on seeing the post, is told the new addresses; when it is shown
again, so is everybody else. A copy that nobody wrote down is on the list of stale files from before it was made.
"""

import logging
from datetime import datetime

from django.db import transaction

from posts_project.events.registry import defer
from posts_project.media import files
from posts_project.media.models import Medium, StaleFile
from posts_project.media.services import removal, uploads

MOVE = "media.move"

logger = logging.getLogger(__name__)


def move_later(post_id: int) -> None:
    """Have the pictures of a post moved once the caller's transaction has been committed."""
    defer(MOVE, post_id=post_id)


def move_of_post(post_id: int, *, now: datetime) -> int:
    """Move them, each for itself; return how many. Once more does no harm: they get other names again."""
    media = Medium.objects.filter(post_id=post_id).order_by("position")
    return sum(_move(medium, now) for medium in media)


def _move(medium: Medium, now: datetime) -> bool:
    stem = uploads.reserve(now=now)
    if not files.copy(medium.stem, stem, medium.type) or not _write_down(medium, stem, now):
        return False
    logger.info("media.moved", extra={"medium_id": medium.id, "old_stem": medium.stem})
    return True


@transaction.atomic
def _write_down(medium: Medium, stem: str, now: datetime) -> bool:
    """False where it was moved or removed meanwhile: the copy stays on the list of stale files."""
    if not Medium.objects.filter(id=medium.id, stem=medium.stem).update(stem=stem):
        return False
    StaleFile.objects.filter(id=stem).delete()
    StaleFile.objects.create(id=medium.stem, stale_since=now)
    defer(removal.DELETE_STALE)
    return True
