"""Following and unfollowing."""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from posts_project import sql
from posts_project.events.registry import publish
from posts_project.follows import locks
from posts_project.follows.facts import FollowCreated, FollowRemoved, FollowRequested
from posts_project.follows.models import Block, Follow, FollowRequest
from posts_project.follows.services import reach
from posts_project.profiles.models import Profile
from posts_project.profiles.services import counts
from shared import snowflakes
from shared.problems import NotFound, Problem

# Follower, followee.
Edge = tuple[int, int]


class CannotFollowSelf(Problem):
    status, code, title = 400, "cannot_follow_self", "You cannot follow yourself"


@transaction.atomic
def follow(*, follower: Profile, followee: Profile) -> None:
    """Make `follower` follow `followee`, or ask to where that is a private profile; a repeat changes nothing.

    :raises CannotFollowSelf: it is the same person. :raises NotFound: a block stands between the two.
    """
    if follower.id == followee.id:
        raise CannotFollowSelf
    locks.share_audience(followee.id)
    if Block.objects.filter(profile=follower, other=followee).exists():
        raise NotFound
    if not followee.is_private:
        connect(follower_id=follower.id, followee_id=followee.id)
    elif not Follow.objects.filter(follower=follower, followee=followee).exists():
        _request(follower_id=follower.id, followee_id=followee.id)


@transaction.atomic
def unfollow(*, follower: Profile, followee: Profile) -> None:
    """End the edge, or withdraw the request; where there is neither, nothing changes."""
    locks.share_audience(followee.id)
    disconnect((follower.id, followee.id))


def disconnect(*edges: Edge) -> None:
    """End those of `edges` that are there, requests too. The caller shares or holds the followees' audiences."""
    ended = [edge for edge in sorted(edges) if _remove(*edge)]
    _count(ended, change=-1)
    for follower_id, followee_id in ended:
        publish(FollowRemoved(follower_id=follower_id, followee_id=followee_id))
        reach.reconsider_if_crossed(followee_id)


def connect(*, follower_id: int, followee_id: int) -> None:
    """Create the edge if it is not there, in place of a request, which a profile that is no longer private may have.

    The caller shares the followee's audience and owns the transaction.
    """
    created = sql.execute(
        """
        WITH answered AS (
            DELETE FROM follow_request WHERE follower_id = %(follower)s AND followee_id = %(followee)s)
        INSERT INTO follow (follower_id, followee_id, since, pull)
        SELECT %(follower)s, id, %(since)s, is_pulled FROM profile WHERE id = %(followee)s
        ON CONFLICT DO NOTHING
        """,
        {"follower": follower_id, "followee": followee_id, "since": snowflakes.new_id()},
    )
    if created:
        _count([(follower_id, followee_id)], change=1)
        publish(FollowCreated(follower_id=follower_id, followee_id=followee_id))
        reach.reconsider_if_crossed(followee_id)


def _request(*, follower_id: int, followee_id: int) -> None:
    created = sql.execute(
        """
        INSERT INTO follow_request (follower_id, followee_id, since) VALUES (%(follower)s, %(followee)s, %(since)s)
        ON CONFLICT DO NOTHING
        """,
        {"follower": follower_id, "followee": followee_id, "since": snowflakes.new_id()},
    )
    if created:
        publish(FollowRequested(follower_id=follower_id, followee_id=followee_id))


def _remove(follower_id: int, followee_id: int) -> bool:
    """Whether there was a follow; a request goes, too."""
    FollowRequest.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()
    removed, _ = Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()
    return bool(removed)


def _count(edges: Sequence[Edge], *, change: int) -> None:
    # Each profile once, by ascending id, so that two people who follow each other at once cannot wait for each other.
    following, followers = Counter(edge[0] for edge in edges), Counter(edge[1] for edge in edges)
    for profile_id in sorted(following | followers):
        counts.add(profile_id, following=change * following[profile_id], followers=change * followers[profile_id])
