"""Uploading, changing and removing one's own pictures."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from posts_project.media import files
from posts_project.media.models import Medium, StaleFile
from posts_project.media.pictures import Picture
from posts_project.media.services import removal
from posts_project.profiles.models import Profile
from shared import snowflakes
from shared.problems import NotFound, Problem, ServiceUnavailable

# No request lives as long.
LONGEST_UPLOAD = timedelta(hours=1)

# Called with the picture locked, before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[Medium], None]


class MediaInUse(Problem):
    status, code, title = 409, "media_in_use", "A post uses this picture"


def reserve(*, now: datetime) -> str:
    """A stem for files that are about to be written: on the list of stale files until `keep` takes it off.

    Call it before any transaction begins: it must stand whatever becomes of the call, which is killed perhaps.
    """
    return StaleFile.objects.create(id=files.new_stem(), stale_since=now + LONGEST_UPLOAD).id


def keep(*, owner: Profile, stem: str, picture: Picture, alt_text: str = "", focus: str | None = None) -> Medium:
    """:raises ServiceUnavailable: it took so long that its files are being deleted."""
    files.save(stem, picture)
    with transaction.atomic():
        if not StaleFile.objects.filter(id=stem).delete()[0]:
            raise ServiceUnavailable("The upload took too long")
        return Medium.objects.create(
            id=snowflakes.new_id(),
            owner=owner,
            stem=stem,
            type=picture.type,
            width=picture.width,
            height=picture.height,
            blurhash=picture.blurhash,
            alt_text=alt_text,
            focus=focus,
        )


@transaction.atomic
def change(*, medium_id: int, owner: Profile, changes: Mapping[str, Any], precondition: Precondition) -> Medium:
    """Change what `changes` names; readers of the post that uses it see it at once.

    :raises NotFound: there is none, or it is somebody else's.
    """
    changed = _locked(medium_id, owner)
    precondition(changed)
    for name, value in changes.items():
        setattr(changed, name, value)
    changed.save(update_fields=list(changes))
    return changed


@transaction.atomic
def delete(*, medium_id: int, owner: Profile, precondition: Precondition, now: datetime) -> None:
    """:raises NotFound: there is none, or it is somebody else's. :raises MediaInUse: a post uses it."""
    removed = _locked(medium_id, owner)
    precondition(removed)
    if removed.post_id is not None:
        raise MediaInUse
    removal.remove([removed], now=now)


def _locked(medium_id: int, owner: Profile) -> Medium:
    found = Medium.objects.select_for_update().filter(id=medium_id, owner=owner).first()
    if found is None:
        raise NotFound
    return found
