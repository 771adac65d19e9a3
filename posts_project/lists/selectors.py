"""Lists as their owner sees them: to everybody else there are none."""

import functools

from posts_project import sql
from posts_project.lists.models import FeedList
from posts_project.profiles.selectors import SHORT_COLUMNS
from posts_project.profiles.visibility import unblocked
from shared.pagination import Keyset
from shared.problems import NotFound


def lists(owner_id: int, page: Keyset) -> list[FeedList]:
    """Up to `page.fetch`, newest first."""
    found = FeedList.objects.filter(owner_id=owner_id)
    if page.ascending:
        return list(found.filter(id__gt=page.after).order_by("id")[: page.fetch])
    older = found if page.before is None else found.filter(id__lt=page.before)
    return list(older.order_by("-id")[: page.fetch])


def own(list_id: int, owner_id: int) -> FeedList:
    """:raises NotFound: there is none, or it is somebody else's."""
    found = FeedList.objects.filter(id=list_id, owner_id=owner_id).first()
    if found is None:
        raise NotFound
    return found


def members(list_id: int, page: Keyset, *, viewer_id: int) -> list[sql.Row]:
    """Up to `page.fetch` rows, last added first: position, then the short columns of who is active."""
    parameters = {"list": list_id, "viewer": viewer_id, "position": sql.position(page)}
    return sql.rows(_members(page.ascending, page.fetch), parameters)


@functools.lru_cache
def _members(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    return f"""
        SELECT e.since, {sql.columns(SHORT_COLUMNS, table="a")}
        FROM feed_list l JOIN list_member e ON e.feed_list_id = l.id JOIN profile a ON a.id = e.profile_id
        WHERE l.id = %(list)s AND l.owner_id = %(viewer)s AND a.state = 'active' AND {unblocked("a.id")}
            AND e.since {beyond} %(position)s
        ORDER BY e.since {order} LIMIT {limit}"""  # noqa: S608 - constants
