"""What happens to profiles, for those above to act on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class ProfileCreated:
    type: ClassVar[str] = "profile.created"
    profile_id: int


@dataclass(frozen=True, kw_only=True)
class ProfileErased:
    """The person has left: what they wrote is out of sight already and must now be removed."""

    type: ClassVar[str] = "profile.erased"
    profile_id: int
    username: str  # theirs until now, by which others named them; empty where it was never known here
