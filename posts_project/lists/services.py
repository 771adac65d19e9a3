"""Making, renaming and removing lists, and who is on them."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from posts_project import sql
from posts_project.lists.models import FeedList, ListMember
from posts_project.profiles.models import Profile
from posts_project.profiles.services import fill
from posts_project.profiles.visibility import unblocked
from shared import snowflakes
from shared.problems import NotFound, Problem

MAX_LISTS = 50
MAX_MEMBERS = 500

# Called with the list locked, before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[FeedList], None]

_ADD = f"""
    INSERT INTO list_member (feed_list_id, profile_id, since)
    SELECT %(list)s, a.id, %(since)s FROM profile a WHERE a.id = %(member)s AND {unblocked("a.id")}
"""  # noqa: S608 - constants


class TooManyLists(Problem):
    status, code, title = 409, "too_many_lists", f"At most {MAX_LISTS} lists can be kept"


class TooManyMembers(Problem):
    status, code, title = 409, "too_many_members", f"At most {MAX_MEMBERS} people can be on a list"


@transaction.atomic
def create(*, owner: Profile, name: str) -> FeedList:
    """:raises TooManyLists: there are as many as can be."""
    fill.hold(owner)
    if FeedList.objects.filter(owner=owner).count() >= MAX_LISTS:
        raise TooManyLists
    return FeedList.objects.create(id=snowflakes.new_id(), owner=owner, name=name)


@transaction.atomic
def rename(*, list_id: int, owner: Profile, name: str | None, precondition: Precondition) -> FeedList:
    """Give the list another name; None leaves it as it is.

    :raises NotFound: there is none, or it is somebody else's.
    """
    renamed = _locked(list_id, owner)
    precondition(renamed)
    if name is not None:
        renamed.name = name
        renamed.save()
    return renamed


@transaction.atomic
def delete(*, list_id: int, owner: Profile, precondition: Precondition) -> None:
    """:raises NotFound: there is none, or it is somebody else's."""
    removed = _locked(list_id, owner)
    precondition(removed)
    removed.delete()


@transaction.atomic
def add_member(*, list_id: int, owner: Profile, member: Profile) -> FeedList:
    """Put `member` on the list; twice is as once.

    :raises NotFound: no such list, or a block between the two. :raises TooManyMembers: there are as many as can be.
    """
    feed_list = _locked(list_id, owner)
    if feed_list.members.filter(profile=member).exists():
        return feed_list
    if feed_list.members.count() >= MAX_MEMBERS:
        raise TooManyMembers
    added = {"list": list_id, "viewer": owner.id, "member": member.id, "since": snowflakes.new_id()}
    if not sql.execute(_ADD, added):
        raise NotFound
    return feed_list


@transaction.atomic
def remove_member(*, list_id: int, owner: Profile, member: Profile) -> None:
    """:raises NotFound: no such list."""
    _locked(list_id, owner).members.filter(profile=member).delete()


def part(one_id: int, other_id: int) -> None:
    """Take each off the lists of the other, in the transaction of the block between them.

    Whoever is being added at this moment is through, and taken off here, or waits, and finds the block.
    """
    list(FeedList.objects.select_for_update(no_key=True).filter(owner_id__in=[one_id, other_id]).order_by("id"))
    parted = Q(feed_list__owner_id=one_id, profile_id=other_id) | Q(feed_list__owner_id=other_id, profile_id=one_id)
    ListMember.objects.filter(parted).delete()


def _locked(list_id: int, owner: Profile) -> FeedList:
    found = FeedList.objects.select_for_update(no_key=True).filter(id=list_id, owner=owner).first()
    if found is None:
        raise NotFound
    return found
