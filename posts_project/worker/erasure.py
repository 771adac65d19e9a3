"""Removing all that an erased person left: nobody can see it from the moment of erasure; jobs take it away."""

from django.db import transaction
from django.db.models import Q

from posts_project import sql
from posts_project.drafts.models import Draft, ScheduledPost
from posts_project.events.registry import defer
from posts_project.filters.models import Filter
from posts_project.follows.models import Block, Follow, FollowRequest, Mute
from posts_project.follows.services import edges
from posts_project.lists.models import FeedList, ListMember
from posts_project.posts import locks
from posts_project.posts.models import Mark, Mention, Post, Vote
from posts_project.posts.services import edit, marks, polls
from posts_project.profiles.facts import ProfileErased
from posts_project.profiles.models import Profile

BATCH = 100


def begin(fact: ProfileErased) -> None:
    defer("worker.purge_profile", profile_id=fact.profile_id)


def purge_profile(profile_id: int) -> None:
    """Remove all that one profile left; may be stopped and repeated at any point."""
    profile = Profile.objects.get(id=profile_id)
    Draft.objects.filter(author=profile).delete()
    ScheduledPost.objects.filter(author=profile).delete()
    while _purge_posts(profile):
        pass
    while _purge_marks(profile):
        pass
    while _purge_votes(profile):
        pass
    while _purge_edges(profile):
        pass
    FollowRequest.objects.filter(Q(follower=profile) | Q(followee=profile)).delete()
    Block.objects.filter(Q(profile=profile) | Q(other=profile)).delete()
    Mute.objects.filter(Q(profile=profile) | Q(other=profile)).delete()
    Filter.objects.filter(profile=profile).delete()
    FeedList.objects.filter(owner=profile).delete()
    ListMember.objects.filter(profile=profile).delete()
    Mention.objects.filter(profile=profile).delete()
    sql.execute("DELETE FROM timeline_owner WHERE owner_id = %(owner)s", {"owner": profile_id})
    sql.execute("DELETE FROM timeline WHERE owner_id = %(owner)s", {"owner": profile_id})


def _purge_posts(profile: Profile) -> bool:
    ids = list(Post.objects.filter(author=profile).order_by("id").values_list("id", flat=True)[:BATCH])
    for post_id in ids:
        edit.remove_if_there(post_id)
    return bool(ids)


@transaction.atomic
def _purge_marks(profile: Profile) -> bool:
    found = list(Mark.objects.filter(profile=profile).order_by("post_id")[:BATCH])
    locks.hold(mark.post_id for mark in found)
    for mark in found:
        marks.erase(mark)
    return bool(found)


@transaction.atomic
def _purge_votes(profile: Profile) -> bool:
    found = list(Vote.objects.filter(profile=profile).order_by("post_id")[:BATCH])
    locks.hold(vote.post_id for vote in found)
    for vote in found:
        polls.erase(vote)
    return bool(found)


def _purge_edges(profile: Profile) -> bool:
    edge_rows = Follow.objects.filter(Q(follower=profile) | Q(followee=profile))
    found = list(edge_rows.select_related("follower", "followee")[:BATCH])
    for edge in found:
        edges.unfollow(follower=edge.follower, followee=edge.followee)
    return bool(found)
