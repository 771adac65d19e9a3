"""What each signing key is for at a moment: by its times and its successor's alone, so that all processes agree.

    published_at         signs_from               the successor's signs_from    + VERIFIES_FOR
    |  published         |  signing               |  retiring                   |  retired
    |  verifiers get it  |  signs what is issued  |  its last tokens run out    |  refused, not published

A key is published for `lead()` before it signs. Of that time a third is for caches on the way (the `max-age` of the
published set), a third for verifiers, who read the set again every AUTH_KEYS_REFRESH_SECONDS, and a third is to spare.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from auth_project.signing_keys.models import SigningKey
from shared.access_tokens import LEEWAY_SECONDS

TOKENS_LIVE_FOR = timedelta(minutes=5)
# The tokens' life, the leeway of verifiers, and the time by which clocks may differ or a process notice late.
VERIFIES_FOR = TOKENS_LIVE_FOR + timedelta(seconds=LEEWAY_SECONDS) + timedelta(seconds=50)


class State(StrEnum):
    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRING = "retiring"
    RETIRED = "retired"
    REVOKED = "revoked"


LIVE = frozenset({State.PUBLISHED, State.SIGNING, State.RETIRING})


def lead() -> timedelta:
    return timedelta(seconds=settings.SIGNING_KEY_LEAD_SECONDS)


def max_age() -> int:
    """For how many seconds anybody may keep the published set without asking again."""
    return int(settings.SIGNING_KEY_LEAD_SECONDS // 3)


def states(keys: Sequence[SigningKey], *, now: datetime) -> dict[int, State]:
    """Of `keys`, which come in the order of their numbers, by number."""
    return {key.number: _state(key, retires_at(key, keys), now) for key in keys}


def live(keys: Sequence[SigningKey], *, now: datetime) -> list[SigningKey]:
    """Those that are published, in their order."""
    known = states(keys, now=now)
    return [key for key in keys if known[key.number] in LIVE]


def signing(keys: Sequence[SigningKey], *, now: datetime) -> SigningKey | None:
    known = states(keys, now=now)
    return next((key for key in keys if known[key.number] is State.SIGNING), None)


def upcoming(keys: Sequence[SigningKey], *, now: datetime) -> SigningKey | None:
    """The one that is published and does not sign yet; there is never a second."""
    known = states(keys, now=now)
    return next((key for key in keys if known[key.number] is State.PUBLISHED), None)


def retires_at(key: SigningKey, keys: Iterable[SigningKey]) -> datetime | None:
    """From when on its tokens are refused; None where nothing is known that will take its place."""
    if key.revoked_at:
        return key.revoked_at
    successors = [other for other in keys if other.number > key.number and _has_its_turn(other)]
    return min(other.signs_from for other in successors) + VERIFIES_FOR if successors else None


def _has_its_turn(key: SigningKey) -> bool:
    """Not where it was revoked before that; later, it has taken the place of another for good."""
    return key.revoked_at is None or key.revoked_at > key.signs_from


def _state(key: SigningKey, ends_at: datetime | None, now: datetime) -> State:
    if key.revoked_at and key.revoked_at <= now:
        return State.REVOKED
    if ends_at and ends_at <= now:
        return State.RETIRED
    if now < key.signs_from:
        return State.PUBLISHED
    return State.SIGNING if ends_at is None or now < ends_at - VERIFIES_FOR else State.RETIRING
