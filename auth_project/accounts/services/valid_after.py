"""The end of everything that somebody signed in to so far, here and in Posts."""

from datetime import datetime

from auth_project.accounts.models import User
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.transactions import run_in_txn
from shared.events import TokensRevoked


def end_all(user: User, *, now: datetime) -> None:
    """End every session of `user` that was born before `now`; what they sign in to afterwards lives."""
    run_in_txn(lambda: _end_all(user, now))


def _end_all(user: User, now: datetime) -> None:
    user.valid_after = now
    user.save(update_fields=["valid_after"])
    user.version = outbox.record(user_id=user.pk, payload=TokensRevoked(user_id=user.pk, valid_after=now)).sequence
    record(Event.SESSIONS_ENDED, user_id=user.pk)
