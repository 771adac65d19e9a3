"""Crossing the follower threshold, either way.

Note [Pulled authors]: an author with more than PULL_FOLLOWERS followers is `is_pulled`: new posts are not fanned out,
and every edge to them says `pull`, which is where the home timeline looks for whom to merge. Rising is one transaction.
Falling is many: first the author is fanned out again, then, page by page, followers get the posts they lack and their
edges stop saying `pull`; in between a post may come both ways and is shown once. Both can be repeated at any point.
A margin of a fifth keeps an author who hovers at the threshold from crossing it all day.
"""

from django.conf import settings
from django.db import transaction

from posts_project import sql
from posts_project.events.registry import defer, publish
from posts_project.follows import locks
from posts_project.follows.facts import FollowsUnpulled, PullingChanged
from posts_project.follows.models import Follow
from posts_project.profiles import selectors
from posts_project.profiles.models import Profile

PAGE = 200


def reconsider_if_crossed(author_id: int) -> None:
    """Queue `reconsider` where the author's count and their state no longer agree."""
    is_pulled = Profile.objects.filter(id=author_id).values_list("is_pulled", flat=True).get()
    if _should_pull(author_id, is_pulled=is_pulled) != is_pulled:
        defer("follows.reconsider", author_id=author_id)


def reconsider(author_id: int) -> None:
    """Make the author pulled or fanned out, as their count says now. See Note [Pulled authors]."""
    if _decide(author_id):
        return
    after = 0
    while page := _unpull_page(author_id, after=after):
        after = page


@transaction.atomic
def _decide(author_id: int) -> bool:
    """Whether the author is pulled from now on; where they are, all edges say so."""
    locks.hold_audience(author_id)
    author = Profile.objects.get(id=author_id)
    author.is_pulled = _should_pull(author_id, is_pulled=author.is_pulled)
    author.save(update_fields=["is_pulled"])
    if author.is_pulled:
        Follow.objects.filter(followee=author, pull=False).update(pull=True)
        publish(PullingChanged(author_id=author_id))
    return author.is_pulled


@transaction.atomic
def _unpull_page(author_id: int, *, after: int) -> int:
    """Give the next followers the posts they lack; the last follower's id, 0 at the end."""
    locks.hold_audience(author_id)
    rows = sql.rows(
        """
        SELECT follower_id FROM follow WHERE followee_id = %(author)s AND pull AND follower_id > %(after)s
        ORDER BY follower_id LIMIT %(page)s
        """,
        {"author": author_id, "after": after, "page": PAGE},
    )
    followers = [row[0] for row in rows]
    if not followers:
        publish(PullingChanged(author_id=author_id))
        return 0
    publish(FollowsUnpulled(followee_id=author_id, follower_ids=followers))
    Follow.objects.filter(followee_id=author_id, follower_id__in=followers).update(pull=False)
    return max(followers)


def _should_pull(author_id: int, *, is_pulled: bool) -> bool:
    followers = selectors.follower_count(author_id)
    return followers > (settings.PULL_FOLLOWERS * 4 // 5 if is_pulled else settings.PULL_FOLLOWERS)
