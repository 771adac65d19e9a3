"""What happens between profiles, for those above to act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FollowCreated:
    type: ClassVar[str] = "follow.created"
    follower_id: int
    followee_id: int


@dataclass(frozen=True, kw_only=True)
class FollowRemoved:
    type: ClassVar[str] = "follow.removed"
    follower_id: int
    followee_id: int


@dataclass(frozen=True, kw_only=True)
class FollowRequested:
    type: ClassVar[str] = "follow.requested"
    follower_id: int
    followee_id: int


@dataclass(frozen=True, kw_only=True)
class BlockCreated:
    """`profile_id` wants nothing more of `other_id`. Published while both audiences are held."""

    type: ClassVar[str] = "block.created"
    profile_id: int
    other_id: int


@dataclass(frozen=True, kw_only=True)
class PullingChanged:
    """An author is merged at read from now on, or for nobody any more. Published while their audience is held."""

    type: ClassVar[str] = "pulling.changed"
    author_id: int


@dataclass(frozen=True, kw_only=True)
class FollowsUnpulled:
    """An author is no longer merged at read for these followers: their timelines must hold the posts themselves."""

    type: ClassVar[str] = "follow.unpulled"
    followee_id: int
    follower_ids: Sequence[int]
