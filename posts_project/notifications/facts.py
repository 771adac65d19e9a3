"""What happens to notifications, for those above to act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Told:
    """`profile_id` was told something new: the event at `at` of a notification, which may have others already."""

    profile_id: int
    notification_id: int
    at: int


@dataclass(frozen=True, kw_only=True)
class NotificationsTold:
    """Published in the transaction that tells them."""

    type: ClassVar[str] = "notifications.told"
    told: Sequence[Told]
