"""What a private profile answers to those who ask to follow it."""

from django.db import transaction

from posts_project.follows import locks
from posts_project.follows.models import FollowRequest
from posts_project.follows.services import edges
from posts_project.profiles.models import Profile
from shared.problems import NotFound


@transaction.atomic
def accept(*, followee: Profile, follower: Profile) -> None:
    """:raises NotFound: `follower` has not asked."""
    locks.share_audience(followee.id)
    _take(followee, follower)
    edges.connect(follower_id=follower.id, followee_id=followee.id)


@transaction.atomic
def reject(*, followee: Profile, follower: Profile) -> None:
    """:raises NotFound: `follower` has not asked."""
    _take(followee, follower)


def _take(followee: Profile, follower: Profile) -> None:
    taken, _ = FollowRequest.objects.filter(followee=followee, follower=follower).delete()
    if not taken:
        raise NotFound
