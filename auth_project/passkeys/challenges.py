"""Challenges: made, stored as a hash, taken once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from auth_project.mongodb import find_one_and_delete, insert_one
from auth_project.passkeys.models import Challenge

BYTES = 32
LIFE = timedelta(minutes=5)

Purpose = Challenge.Purpose


def issue(*, purpose: Purpose, now: datetime, user_id: int | None = None, bound_to: str = "") -> bytes:
    challenge = secrets.token_bytes(BYTES)
    insert_one(
        Challenge(id=_hash(challenge), purpose=purpose.value, user_id=user_id, bound_to=bound_to, expires_at=now + LIFE)
    )
    return challenge


def take(challenge: bytes, *, purpose: Purpose, now: datetime, user_id: int | None = None) -> Challenge | None:
    """What `challenge` was issued for, and nobody gets it again; None where it is not good for that.

    One atomic step: of many who come with the same one gets it.
    """
    return find_one_and_delete(
        Challenge,
        match={
            "_id": _hash(challenge),
            "purpose": purpose.value,
            "user_id": user_id,
            "expires_at": {"$gt": now},
        },
    )


def purge_challenges(*, now: datetime) -> int:
    """Delete what has expired; return how many."""
    deleted, _ = Challenge.objects.filter(expires_at__lt=now).delete()
    return deleted


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
