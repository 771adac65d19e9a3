"""Blocking: two people are absent for each other, until whoever blocks has taken it back."""

from django.db import transaction
from django.db.models import Q

from posts_project import sql
from posts_project.events.registry import publish
from posts_project.follows import locks
from posts_project.follows.facts import BlockCreated
from posts_project.follows.models import Block
from posts_project.follows.services import edges
from posts_project.profiles.models import Profile
from shared import snowflakes
from shared.problems import Problem

# A block from the other side has left both rows already: then ours alone becomes one that is wanted.
_BLOCK = """
    INSERT INTO block (profile_id, other_id, blocks, since)
    VALUES (%(profile)s, %(other)s, true, %(since)s), (%(other)s, %(profile)s, false, %(since)s)
    ON CONFLICT (profile_id, other_id) DO UPDATE SET blocks = true, since = excluded.since
    WHERE excluded.blocks AND NOT block.blocks
"""


class CannotBlockSelf(Problem):
    status, code, title = 400, "cannot_block_self", "You cannot block yourself"


@transaction.atomic
def block(*, profile: Profile, other: Profile) -> None:
    """Part the two, and end what they were to each other; a repeat changes nothing.

    :raises CannotBlockSelf: it is the same person.
    """
    if profile.id == other.id:
        raise CannotBlockSelf
    # Whoever follows one of the two at this moment is through, and ended here, or waits, and finds the block.
    locks.hold_audiences(profile.id, other.id)
    edges.disconnect((profile.id, other.id), (other.id, profile.id))
    if sql.execute(_BLOCK, {"profile": profile.id, "other": other.id, "since": snowflakes.new_id()}):
        publish(BlockCreated(profile_id=profile.id, other_id=other.id))


@transaction.atomic
def unblock(*, profile: Profile, other: Profile) -> None:
    """Take `profile`'s block back, if there is one; that of the other side stays."""
    locks.hold_audiences(profile.id, other.id)
    Block.objects.filter(profile=profile, other=other).update(blocks=False)
    both = Block.objects.filter(Q(profile=profile, other=other) | Q(profile=other, other=profile))
    if not both.filter(blocks=True).exists():
        both.delete()
