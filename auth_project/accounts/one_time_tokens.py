"""The tokens that links in mails carry: made when the mail leaves, stored as a hash, taken once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from auth_project.accounts.models import OneTimeToken
from shared.problems import FieldError, ValidationProblem

Purpose = OneTimeToken.Purpose

LIVES = {
    Purpose.REGISTER: timedelta(hours=24),
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
}


class TokenRefused(ValidationProblem):
    """Never issued, used, expired, or for something that is no longer so: all the same to whoever sends it."""

    def __init__(self) -> None:
        super().__init__(FieldError(field="token", code="invalid", detail="Is not good, or not any more."))


def issue(*, purpose: Purpose, user_id: int | None, bound_to: str, now: datetime) -> str:
    """A new token of 256 random bits."""
    token = secrets.token_urlsafe(32)
    expires_at = now + LIVES[purpose]
    OneTimeToken.objects.create(
        id=_hash(token), purpose=purpose, user_id=user_id, bound_to=bound_to, expires_at=expires_at
    )
    return token


def peek(token: str, *purposes: Purpose, now: datetime) -> OneTimeToken:
    """What `token` is good for; it stays good. :raises TokenRefused: for nothing."""
    known = OneTimeToken.objects.filter(pk=_hash(token)).first()
    if known is None or known.purpose not in purposes or known.expires_at <= now:
        raise TokenRefused
    return known


def take(token: str, *purposes: Purpose, now: datetime) -> OneTimeToken:
    """As `peek`, and nobody gets it again: of two transactions that take it at once one runs again and is refused."""
    known = peek(token, *purposes, now=now)
    deleted, _ = OneTimeToken.objects.filter(pk=known.pk).delete()
    if not deleted:
        raise TokenRefused
    return known


def purge_one_time_tokens(*, now: datetime) -> int:
    """Delete what has expired; return how many."""
    deleted, _ = OneTimeToken.objects.filter(expires_at__lt=now).delete()
    return deleted


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
