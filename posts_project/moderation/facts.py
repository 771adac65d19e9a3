"""What moderators have decided, for those above to act on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class DecisionMade:
    """Whom it concerns is to be told. Of what is dismissed there is no such fact."""

    type: ClassVar[str] = "decision.made"
    profile_id: int
    decision_id: int
    post_id: int | None


@dataclass(frozen=True, kw_only=True)
class DecisionReversed:
    """By staff, after an appeal, or at its end."""

    type: ClassVar[str] = "decision.reversed"
    profile_id: int
    decision_id: int
    post_id: int | None


@dataclass(frozen=True, kw_only=True)
class AppealRejected:
    """The decision stays."""

    type: ClassVar[str] = "appeal.rejected"
    profile_id: int
    decision_id: int
    post_id: int | None


@dataclass(frozen=True, kw_only=True)
class StandingChanged:
    """The profile was suspended here, or is so no more: Auth is to do the same."""

    type: ClassVar[str] = "standing.changed"
    profile_id: int
