"""Making, changing and removing filters."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from posts_project.filters import matching, selectors
from posts_project.filters.models import Filter
from posts_project.profiles.models import Profile
from posts_project.profiles.services import fill
from shared import snowflakes
from shared.problems import NotFound, Problem

MAX_FILTERS = 100

# Called with the filter locked, before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[Filter], None]


class TooManyFilters(Problem):
    status, code, title = 409, "too_many_filters", f"At most {MAX_FILTERS} filters can be kept"


@transaction.atomic
def create(*, profile: Profile, values: Mapping[str, Any], now: datetime) -> Filter:
    """:raises TooManyFilters: there are as many as can be."""
    fill.hold(profile)
    if selectors.in_force(profile.id, now=now).count() >= MAX_FILTERS:
        raise TooManyFilters
    created = Filter(id=snowflakes.new_id(), profile=profile, **values)
    _save(created)
    return created


@transaction.atomic
def change(
    *, filter_id: int, profile: Profile, changes: Mapping[str, Any], now: datetime, precondition: Precondition
) -> Filter:
    """Change what `changes` names.

    :raises NotFound: there is none, or it is somebody else's.
    """
    changed = _locked(filter_id, profile, now)
    precondition(changed)
    for name, value in changes.items():
        setattr(changed, name, value)
    _save(changed)
    return changed


@transaction.atomic
def delete(*, filter_id: int, profile: Profile, now: datetime, precondition: Precondition) -> None:
    """:raises NotFound: there is none, or it is somebody else's."""
    removed = _locked(filter_id, profile, now)
    precondition(removed)
    removed.delete()


def purge(*, now: datetime) -> int:
    """Remove filters that are over; return how many."""
    removed, _ = Filter.objects.filter(expires_at__lte=now).delete()
    return removed


def _locked(filter_id: int, profile: Profile, now: datetime) -> Filter:
    found = selectors.in_force(profile.id, now=now).select_for_update().filter(id=filter_id).first()
    if found is None:
        raise NotFound
    return found


def _save(changed: Filter) -> None:
    changed.pattern = matching.pattern(changed.phrase, whole_word=changed.whole_word)
    changed.save()
