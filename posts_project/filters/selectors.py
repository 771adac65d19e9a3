"""A person's filters, as long as they last: one that is over is as none."""

from datetime import datetime

from django.db.models import Q, QuerySet

from posts_project.filters.models import Filter
from shared.pagination import Keyset
from shared.problems import NotFound


def in_force(profile_id: int, *, now: datetime) -> QuerySet[Filter]:
    return Filter.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), profile_id=profile_id)


def filters(profile_id: int, page: Keyset, *, now: datetime) -> list[Filter]:
    """Up to `page.fetch`, newest first."""
    found = in_force(profile_id, now=now)
    if page.ascending:
        return list(found.filter(id__gt=page.after).order_by("id")[: page.fetch])
    older = found if page.before is None else found.filter(id__lt=page.before)
    return list(older.order_by("-id")[: page.fetch])


def own(filter_id: int, profile_id: int, *, now: datetime) -> Filter:
    """:raises NotFound: there is none, or it is somebody else's."""
    found = in_force(profile_id, now=now).filter(id=filter_id).first()
    if found is None:
        raise NotFound
    return found
