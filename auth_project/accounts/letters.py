"""What a mail says at the moment when it leaves: whether there is still a reason for it, and its link.

Links are made here, so that their tokens exist in the mail alone, and so that asking for one is the same work whether
or not there is an account: see Note [Nobody learns of others].
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from auth_project.accounts import one_time_tokens, selectors
from auth_project.accounts.models import PendingRegistration, User
from auth_project.accounts.names import normalise
from auth_project.accounts.one_time_tokens import LIVES, Purpose
from auth_project.accounts.services import passwords
from auth_project.acting import acting
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry
from auth_project.audit.trail import record
from auth_project.mail.models import Mail
from auth_project.mail.post import Letter
from auth_project.transactions import run_in_txn

VERIFY_PAGE, RESET_PAGE = "/verify-email", "/reset-password"


def compose(mail: Mail, now: datetime) -> Letter | None:
    """The letter for `mail`; None where it has no reason any more, or never had one."""
    return _WITH_A_LINK.get(mail.template, _as_it_is)(mail, now)


def _as_it_is(mail: Mail, now: datetime) -> Letter:
    return Letter(to=mail.to, template=mail.template, context=mail.context)


def _register(mail: Mail, now: datetime) -> Letter | None:
    pending = PendingRegistration.objects.filter(pk=int(mail.context["registration"])).first()
    if pending is None:
        return None
    owner = selectors.by_email(pending.email)
    if owner is not None:
        return _already_here(owner)
    token = one_time_tokens.issue(purpose=Purpose.REGISTER, user_id=None, bound_to=str(pending.pk), now=now)
    return _linked(mail.to, "verify_email", pending.username_ci, VERIFY_PAGE, token, LIVES[Purpose.REGISTER])


def _verify_email(mail: Mail, now: datetime) -> Letter | None:
    user = selectors.by_id(mail.user_id or 0)
    if user is None or user.email_verified or user.email != mail.to:
        return None
    purpose = Purpose.VERIFY_EMAIL
    token = one_time_tokens.issue(purpose=purpose, user_id=user.pk, bound_to=user.email_ci, now=now)
    return _linked(mail.to, "verify_email", user.username, VERIFY_PAGE, token, LIVES[purpose])


def _change_email(mail: Mail, now: datetime) -> Letter | None:
    user = selectors.by_id(mail.user_id or 0)
    if user is None or user.pending_email != mail.to:
        return None
    owner = selectors.by_email(mail.to)
    if owner is not None:
        return _already_here(owner)
    purpose = Purpose.CHANGE_EMAIL
    token = one_time_tokens.issue(purpose=purpose, user_id=user.pk, bound_to=normalise(mail.to), now=now)
    return _linked(mail.to, "verify_email", user.username, VERIFY_PAGE, token, LIVES[purpose])


def _password_reset(mail: Mail, now: datetime) -> Letter | None:
    """To the address that the account has, never to the one that was typed: those may only be compared as equal."""
    user = selectors.by_email(mail.to)
    if user is None:
        return None
    purpose = Purpose.RESET_PASSWORD
    with acting(**mail.context.get("asked", {})):
        token = run_in_txn(lambda: _reset_token(mail, user, now))
    return _linked(user.email, "password_reset", user.username, RESET_PAGE, token, LIVES[purpose])


def _reset_token(mail: Mail, user: User, now: datetime) -> str:
    """Written down once, however often the mail is tried: under the mail's own id."""
    if not AuditEntry.objects.filter(pk=mail.pk).exists():
        record(Event.PASSWORD_RESET_REQUESTED, user_id=user.pk, entry_id=mail.pk)
    fingerprint = passwords.fingerprint(user)
    return one_time_tokens.issue(purpose=Purpose.RESET_PASSWORD, user_id=user.pk, bound_to=fingerprint, now=now)


def _already_here(owner: User) -> Letter:
    return Letter(to=owner.email, template="address_in_use", context={"username": owner.username})


def _linked(to: str, template: str, username: str, page: str, token: str, life: timedelta) -> Letter:
    context = {
        "username": username,
        "link": f"{settings.WEB_URL}{page}?token={token}",
        "hours": int(life / timedelta(hours=1)),
    }
    return Letter(to=to, template=template, context=context)


_WITH_A_LINK: dict[str, Callable[[Mail, datetime], Letter | None]] = {
    "register": _register,
    "verify_email": _verify_email,
    "change_email": _change_email,
    "password_reset": _password_reset,
}
