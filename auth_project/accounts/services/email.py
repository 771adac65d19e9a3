"""Whose address it is: proved by a link that only its owner can read."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from auth_project.accounts import one_time_tokens, selectors
from auth_project.accounts.models import OneTimeToken, PendingRegistration, User
from auth_project.accounts.names import normalise
from auth_project.accounts.one_time_tokens import Purpose, TokenRefused
from auth_project.accounts.services import credentials, register
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mail import outbox as mail
from auth_project.throttling.guesses import may_be_mailed
from auth_project.transactions import run_in_txn
from shared.problems import FieldError, ValidationProblem

logger = logging.getLogger(__name__)


def verify(*, token: str, now: datetime) -> User:
    """Do what the link was for: confirm an address, change it, or complete a registration.

    :raises TokenRefused: it is not good any more, or the address has become somebody else's.
    """

    def write() -> User:
        known = one_time_tokens.take(token, *_EFFECTS, now=now)
        return _EFFECTS[Purpose(known.purpose)](known)

    try:
        user = run_in_txn(write)
    except IntegrityError as error:
        raise TokenRefused from error
    logger.info("email.verified", extra={"user_id": user.pk})
    return user


def resend(*, user_id: int) -> None:
    """Send the link once more to whichever address waits for it; nothing where none does."""

    def write() -> None:
        user = selectors.present(user_id)
        if user.pending_email:
            mail.send(to=user.pending_email, template="change_email", user_id=user_id)
        elif not user.email_verified:
            mail.send(to=user.email, template="verify_email", user_id=user_id)

    run_in_txn(write)


def request_change(*, user_id: int, email: str, password: str, network: str, now: datetime) -> None:
    """Have a link sent to the new address and the old one told; the new one counts when the link is followed.

    :raises WrongPassword, Throttled: `password` is not theirs.
    :raises ValidationProblem: it is their address already, or, unless that must be nobody's business, somebody else's.
    """
    user = credentials.confirm(user_id=user_id, password=password, network=network, now=now)
    if normalise(email) == user.email_ci:
        raise ValidationProblem(FieldError(field="email", code="unchanged", detail="Is your address already."))
    if not settings.REQUIRE_VERIFIED_EMAIL and selectors.is_email_taken(email):
        raise ValidationProblem(FieldError(field="email", code="taken", detail="Is taken."))

    mailed = may_be_mailed(normalise(email), now=now)

    def write() -> None:
        User.objects.filter(pk=user_id).update(pending_email=email)
        record(Event.EMAIL_CHANGE_REQUESTED, user_id=user_id)
        if mailed:
            mail.send(to=email, template="change_email", user_id=user_id)
        notice = {"username": user.username}
        mail.send(to=user.email, template="email_change_requested", context=notice, user_id=user_id)

    run_in_txn(write)
    logger.info("email.change_requested", extra={"user_id": user_id})


def _complete_registration(known: OneTimeToken) -> User:
    pending = PendingRegistration.objects.filter(pk=int(known.bound_to)).first()
    if pending is None:
        raise TokenRefused
    try:
        return register.complete(pending)
    except ValidationProblem as problem:
        raise TokenRefused from problem


def _confirm(known: OneTimeToken) -> User:
    user = User.objects.get(pk=known.user_id or 0)
    if user.email_ci != known.bound_to:
        raise TokenRefused
    user.email_verified = True
    user.save(update_fields=["email_verified"])
    record(Event.EMAIL_VERIFIED, user_id=user.pk)
    return user


def _change(known: OneTimeToken) -> User:
    user = User.objects.get(pk=known.user_id or 0)
    if normalise(user.pending_email) != known.bound_to or selectors.is_email_taken(user.pending_email):
        raise TokenRefused
    user.email, user.email_ci, user.pending_email = user.pending_email, known.bound_to, ""
    user.email_verified = True
    user.save(update_fields=["email", "email_ci", "pending_email", "email_verified"])
    record(Event.EMAIL_CHANGED, user_id=user.pk)
    return user


_EFFECTS: dict[Purpose, Callable[[OneTimeToken], User]] = {
    Purpose.REGISTER: _complete_registration,
    Purpose.VERIFY_EMAIL: _confirm,
    Purpose.CHANGE_EMAIL: _change,
}
