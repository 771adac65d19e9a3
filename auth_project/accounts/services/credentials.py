"""Is it them? The one place where a password opens anything: the API, the admin sites, the other service."""

import logging
from datetime import datetime

from django.conf import settings

from auth_project.accounts import nobody, passwords, selectors
from auth_project.accounts.models import User
from auth_project.accounts.names import normalise
from auth_project.audit.events import Event
from auth_project.audit.trail import note
from auth_project.throttling.guesses import Guesser, forgive_passwords
from shared.problems import Problem

logger = logging.getLogger(__name__)


class InvalidCredentials(Problem):
    status, code, title = 401, "invalid_credentials", "The name or the password is wrong"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class WrongPassword(Problem):
    """A signed-in call asked for the password once more."""

    status, code, title = 403, "wrong_password", "The password is wrong"


def check(*, login: str, password: str, network: str, now: datetime) -> User:
    """The user whose username or address is `login`, if `password` is theirs and they may sign in.

    The user may be one who has left for a while: signing in is how one comes back.

    :param network: where it was tried from (`shared.rate_limits.client_network`).
    :raises InvalidCredentials: one answer, after the same work, for an unknown name, a wrong password and an account
        that may not sign in: nobody learns which accounts exist (ASVS 6.3.8).
    :raises Throttled: too many were wrong lately. See Note [Who is locked out].
    """
    of_nobody = nobody.hash_for(login)
    user = selectors.by_login(login)
    guesser = Guesser(login=normalise(login), account=user.pk if user else 0, network=network)
    guesser.count_password(now=now)
    if not passwords.matches(user, password, of_nobody=of_nobody) or user is None or not may_sign_in(user):
        logger.warning("login.refused", extra={"user_id": user.pk if user else None})
        # For nobody, too: the same work.
        note(Event.LOGIN_FAILED, user_id=user.pk if user else None, reason="password")
        raise InvalidCredentials
    forgive_passwords(user.username_ci, user.email_ci, network=network)
    return user


def confirm(*, user_id: int, password: str, network: str, now: datetime) -> User:
    """The signed-in user, if `password` is theirs; a wrong one counts as a failed sign-in.

    :raises WrongPassword, Throttled: as above.
    """
    user = selectors.present(user_id)
    Guesser(login=user.username_ci, account=user.pk, network=network).count_password(now=now)
    if not passwords.matches(user, password):
        logger.warning("password.refused", extra={"user_id": user.pk})
        note(Event.PASSWORD_REFUSED, user_id=user.pk)
        raise WrongPassword
    forgive_passwords(user.username_ci, user.email_ci, network=network)
    return user


def may_sign_in(user: User) -> bool:
    """As far as the account's own state goes, whatever it is signed in to with."""
    is_verified = user.email_verified or not settings.REQUIRE_VERIFIED_EMAIL
    return is_verified and user.status != User.Status.SUSPENDED
