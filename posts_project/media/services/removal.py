"""Letting go of pictures: the rows with what they belonged to, their files a moment later.

Note [Files that go]: a stem is put on the list of stale files in the transaction that removes its row, with a job that
deletes what is on the list; the same is done by the clock, for whatever a job that died has left there.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from posts_project.events.registry import defer
from posts_project.media import files
from posts_project.media.models import Medium, StaleFile
from shared import snowflakes, stored_files

BATCH = 100
UNUSED_FOR = timedelta(days=1)
DELETE_STALE = "media.delete_stale"

# Of pictures that no post uses those that something else still wants: ids.
Wanted = Callable[[Collection[Medium]], set[int]]


def remove(media: Iterable[Medium], *, now: datetime) -> None:
    """In the caller's transaction, which has locked them. See Note [Files that go]."""
    if _let_go(list(media), now):
        defer(DELETE_STALE)


def remove_of_post(post_id: int, *, now: datetime) -> None:
    """In the caller's transaction, which has locked the post."""
    remove(Medium.objects.select_for_update().filter(post_id=post_id).order_by("id"), now=now)


@transaction.atomic
def remove_of_owner(owner_id: int, *, now: datetime) -> bool:
    """Remove some of somebody's; whether there were any. Whoever calls it sees to the files (`delete_stale`)."""
    return _let_go(list(Medium.objects.select_for_update().filter(owner_id=owner_id).order_by("id")[:BATCH]), now)


def remove_unused(*, wanted: Wanted, now: datetime) -> int:
    """Remove what has not been used by any post for a day since it was uploaded, unless it is `wanted`; return how
    many."""
    last, count = 0, 0
    while found := _unused(after=last, now=now):
        last = found[-1].id
        spared = wanted(found)
        count += _remove_still_unused([medium.id for medium in found if medium.id not in spared], now)
    return count


def delete_stale(*, now: datetime) -> int:
    """Delete files that were stale by `now`; return of how many pictures."""
    return stored_files.delete_stale(StaleFile, files.delete, now=now)


def _unused(*, after: int, now: datetime) -> list[Medium]:
    before = snowflakes.least_id_at(now - UNUSED_FOR)
    unused = Medium.objects.filter(post_id__isnull=True, id__gt=after, id__lt=before)
    return list(unused.only("id", "owner_id").order_by("id")[:BATCH])


@transaction.atomic
def _remove_still_unused(ids: list[int], now: datetime) -> int:
    found = list(Medium.objects.select_for_update().filter(id__in=ids, post_id__isnull=True).order_by("id"))
    _let_go(found, now)
    return len(found)


def _let_go(media: list[Medium], now: datetime) -> bool:
    StaleFile.objects.bulk_create(StaleFile(id=medium.stem, stale_since=now) for medium in media)
    Medium.objects.filter(id__in=[medium.id for medium in media]).delete()
    return bool(media)
