"""What authors that are merged at read have brought, in one table in order of time. See Note [Coverage of a timeline].

Not each at their followers', but all of them once: a page of somebody who follows hundreds of them is one walk through
the newest rows instead of hundreds of probes.
"""

from collections.abc import Iterator

from django.db import transaction

from posts_project import sql
from posts_project.feeds.models import PulledEntry
from posts_project.follows import locks
from posts_project.follows.facts import PullingChanged

_ADD = """
    INSERT INTO pulled (by_id, at, post_id) VALUES (%(by)s, %(at)s, %(post)s) ON CONFLICT DO NOTHING
"""

# While an author falls below the threshold, some followers still have them merged (Note [Pulled authors]).
_IS_MERGED = """
    SELECT EXISTS (SELECT FROM profile WHERE id = %(author)s AND is_pulled)
        OR EXISTS (SELECT FROM follow WHERE followee_id = %(author)s AND pull)
"""

_MISSING = """
    INSERT INTO pulled (by_id, at, post_id)
    SELECT by_id, at, post_id FROM entry WHERE by_id = %(author)s ON CONFLICT DO NOTHING
"""

_GONE = """
    DELETE FROM pulled e WHERE by_id = %(author)s
        AND NOT EXISTS (SELECT FROM entry WHERE by_id = %(author)s AND at = e.at)
"""

_AUTHORS = """
    SELECT id FROM profile WHERE is_pulled
    UNION SELECT followee_id FROM follow WHERE pull
    UNION SELECT by_id FROM pulled
    ORDER BY id
"""

_FOLLOWED = "SELECT followee_id FROM follow WHERE follower_id = %(owner)s AND pull ORDER BY followee_id"


def add(*, at: int, post_id: int, by_id: int) -> None:
    """Part of publishing, where the author is pulled."""
    sql.execute(_ADD, {"by": by_id, "at": at, "post": post_id})


def follow_change(fact: PullingChanged) -> None:
    settle(fact.author_id)


@transaction.atomic
def settle(author_id: int) -> int:
    """Make the table hold all of that author's entries, or none of somebody who is handed out; how many rows changed.

    May be repeated at any time; posts and reposts that were taken back since the last time go.
    """
    locks.hold_audience(author_id)
    if not sql.rows(_IS_MERGED, {"author": author_id})[0][0]:
        return PulledEntry.objects.filter(by_id=author_id).delete()[0]
    return sum(sql.execute(statement, {"author": author_id}) for statement in (_MISSING, _GONE))


def settle_all() -> int:
    """`settle` for everybody whom it may concern; how many rows changed."""
    return sum(settle(author_id) for author_id in _ids(_AUTHORS))


def settle_for(owner_id: int) -> int:
    """`settle` for those whom that owner's home merges; how many rows changed."""
    return sum(settle(author_id) for author_id in _ids(_FOLLOWED, owner=owner_id))


def _ids(statement: str, **parameters: int) -> Iterator[int]:
    return (author_id for (author_id,) in sql.rows(statement, parameters))
