"""Which tags somebody follows; nobody else is told."""

from posts_project.tags.models import TagFollow
from shared.pagination import Keyset


def followed(profile_id: int, page: Keyset) -> list[TagFollow]:
    """Up to `page.fetch`, last followed first."""
    found = TagFollow.objects.filter(profile_id=profile_id)
    if page.ascending:
        return list(found.filter(since__gt=page.after).order_by("since")[: page.fetch])
    older = found if page.before is None else found.filter(since__lt=page.before)
    return list(older.order_by("-since")[: page.fetch])
