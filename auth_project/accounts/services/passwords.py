"""New passwords: by somebody who knows the old one, or who reads the mail of the account.

Neither ends sessions by itself: whoever calls does that, in the same transaction.
"""

import hashlib
import logging
from datetime import datetime
from typing import cast

from rest_framework.exceptions import ErrorDetail, ValidationError

from auth_project import acting
from auth_project.accounts import one_time_tokens, passwords, selectors
from auth_project.accounts.models import User
from auth_project.accounts.one_time_tokens import Purpose, TokenRefused
from auth_project.accounts.services import credentials
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mail import outbox as mail
from auth_project.transactions import run_in_txn
from shared.problems import FieldError, ValidationProblem

logger = logging.getLogger(__name__)


def change(*, user_id: int, current: str, new: str, network: str, now: datetime) -> User:
    """Give the user a new password and tell them by mail.

    :raises WrongPassword, Throttled: `current` is not theirs. :raises ValidationProblem: `new` is too weak.
    """
    user = credentials.confirm(user_id=user_id, password=current, network=network, now=now)
    _judge(new, user)
    return _replace(user, passwords.hashed(new), Event.PASSWORD_CHANGED)


def request_reset(*, email: str, now: datetime) -> None:
    """Have a link sent to whoever has that address.

    The same work for everybody: one row, with who asks. Whether there is such a user is looked up when the mail leaves,
    and written down then.
    """
    context = {"asked": acting.current().to_json()}
    run_in_txn(lambda: mail.send(to=email, template="password_reset", context=context))


def reset(*, token: str, new: str, now: datetime) -> User:
    """Give the user to whom `token` was sent a new password, and tell them by mail.

    That they read the mail proves the address to be theirs. A second factor and a suspension stay as they are.

    :raises TokenRefused: it is not good any more. :raises ValidationProblem: `new` is too weak; the token stays good.
    """
    user = _user_of(token, now)
    _judge(new, user)
    new_hash = passwords.hashed(new)

    def write() -> User:
        current = _user_of(token, now)
        one_time_tokens.take(token, Purpose.RESET_PASSWORD, now=now)
        User.objects.filter(pk=current.pk).update(email_verified=True)
        return _replace(current, new_hash, Event.PASSWORD_RESET)

    return run_in_txn(write)


def fingerprint(user: User) -> str:
    """What a reset is bound to: with any new password or address, links that were sent before are void."""
    return hashlib.sha256(f"{user.email_ci} {user.password}".encode()).hexdigest()


def _user_of(token: str, now: datetime) -> User:
    known = one_time_tokens.peek(token, Purpose.RESET_PASSWORD, now=now)
    user = selectors.by_id(known.user_id or 0)
    if user is None or fingerprint(user) != known.bound_to:
        raise TokenRefused
    return user


def _judge(new: str, user: User) -> None:
    try:
        passwords.refuse_weak(new, username=user.username, email=user.email)
    except ValidationError as error:
        (fault,) = cast(list[ErrorDetail], error.detail)
        raise ValidationProblem(FieldError(field="new_password", code=str(fault.code), detail=str(fault))) from error


def _replace(user: User, new_hash: str, event: Event) -> User:
    """Only over the hash that was there when the caller was judged: of two changes at once one is refused."""

    def write() -> None:
        replaced = User.objects.filter(pk=user.pk, password=user.password).update(password=new_hash)
        if not replaced:
            raise credentials.WrongPassword
        record(event, user_id=user.pk)
        mail.send(to=user.email, template="password_changed", context={"username": user.username}, user_id=user.pk)

    run_in_txn(write)
    user.password = new_hash
    logger.info("password.changed", extra={"user_id": user.pk})
    return user
