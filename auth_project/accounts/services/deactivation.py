"""Leaving for a while, and coming back."""

import logging
from datetime import datetime

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from auth_project.accounts.services import credentials, valid_after
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.mail import outbox as mail
from auth_project.transactions import run_in_txn
from shared.events import UserDeactivated, UserReactivated

logger = logging.getLogger(__name__)


def deactivate(*, user_id: int, password: str, network: str, now: datetime) -> None:
    """Hide the user everywhere and end all their sessions, until they sign in again.

    :raises WrongPassword, Throttled: `password` is not theirs.
    """
    credentials.confirm(user_id=user_id, password=password, network=network, now=now)
    run_in_txn(lambda: _deactivate(user_id, now))


def reactivate(*, user_id: int) -> bool:
    """Show the user again; False, and nothing done, where they are not deactivated. For whoever signs them in."""
    return run_in_txn(lambda: _reactivate(user_id))


def _deactivate(user_id: int, now: datetime) -> None:
    user = selectors.present(user_id)
    if user.status != User.Status.ACTIVE:
        return
    user.status = User.Status.DEACTIVATED
    user.save(update_fields=["status"])
    user.version = outbox.record(user_id=user_id, payload=UserDeactivated(user=user.public_state)).sequence
    record(Event.ACCOUNT_DEACTIVATED, user_id=user_id)
    valid_after.end_all(user, now=now)
    mail.send(to=user.email, template="account_deactivated", context={"username": user.username}, user_id=user_id)
    logger.info("user.deactivated", extra={"user_id": user_id})


def _reactivate(user_id: int) -> bool:
    user = selectors.present(user_id)
    if user.status != User.Status.DEACTIVATED:
        return False
    user.status = User.Status.ACTIVE
    user.save(update_fields=["status"])
    outbox.record(user_id=user_id, payload=UserReactivated(user=user.public_state))
    record(Event.ACCOUNT_REACTIVATED, user_id=user_id)
    logger.info("user.reactivated", extra={"user_id": user_id})
    return True
