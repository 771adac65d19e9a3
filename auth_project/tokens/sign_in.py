"""Password and second factor together: what every way in asks, the API's and both admin sites'."""

from datetime import datetime, timedelta

from auth_project.accounts.models import User
from auth_project.accounts.services import credentials
from auth_project.accounts.services.credentials import InvalidCredentials
from auth_project.audit.events import Event
from auth_project.audit.trail import note
from auth_project.throttling.guesses import Guesser
from auth_project.tokens import second_factor, selectors
from auth_project.tokens.second_factor import MfaRequired
from shared.bearer import Viewer
from shared.problems import PermissionDenied, TokenRevoked

FRESH_FOR = timedelta(minutes=5)


class ReauthenticationRequired(PermissionDenied):
    code, title = "reauthentication_required", "Sign in anew or send the password: the sign-in is too long ago for this"


def authenticate(*, login: str, password: str, otp: str, network: str, now: datetime) -> User:
    """Who signs in, who may be somebody that had left for a while.

    :raises InvalidCredentials, OtpRequired, Throttled: as they say.
    """
    user = credentials.check(login=login, password=password, network=network, now=now)
    second_factor.check(user=user, otp=otp, network=network, now=now)
    return user


def authenticate_staff(*, login: str, password: str, otp: str, network: str, now: datetime) -> User:
    """Who signs in to an admin site. Whether they may open it at all is for that site to say.

    :raises InvalidCredentials, OtpRequired, Throttled: as they say.
    :raises MfaRequired: they must have a second factor and have none.
    """
    user = authenticate(login=login, password=password, otp=otp, network=network, now=now)
    if not user.is_active:
        note(Event.LOGIN_FAILED, user_id=user.pk, reason="not_active")
        raise InvalidCredentials
    if second_factor.is_missing(user):
        note(Event.LOGIN_FAILED, user_id=user.pk, reason="mfa_missing")
        raise MfaRequired
    Guesser(login=user.username_ci, account=user.pk, network=network).remember(now=now)
    return user


def tell(user: User, *, is_let_in: bool) -> None:
    """Write down that `user` has signed in to an admin site, or that it is not for them."""
    if is_let_in:
        note(Event.LOGIN_SUCCEEDED, user_id=user.pk, method="password")
    else:
        note(Event.LOGIN_FAILED, user_id=user.pk, reason="not_staff")


def require_fresh(*, viewer: Viewer, password: str, network: str, now: datetime) -> None:
    """Before a change that a thief of the session must not make (ASVS 7.5.1).

    :raises ReauthenticationRequired: no password, and the sign-in was more than five minutes before `now`.
    :raises WrongPassword, Throttled: as they say.
    """
    if password:
        credentials.confirm(user_id=viewer.user_id, password=password, network=network, now=now)
        return
    session = selectors.by_id(viewer.session_id)
    if session is None:
        raise TokenRevoked
    if now - session.created_at > FRESH_FOR:
        raise ReauthenticationRequired
