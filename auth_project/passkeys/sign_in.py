"""Signing in with a passkey: possession and the person, both shown at once, so that nothing else is asked for."""

import hashlib
import hmac
import logging
from datetime import datetime
from typing import Any

from django.conf import settings

from auth_project.accounts import selectors as users
from auth_project.accounts.models import User
from auth_project.accounts.names import normalise
from auth_project.accounts.services.credentials import InvalidCredentials, may_sign_in
from auth_project.audit.events import Event
from auth_project.audit.trail import note, record
from auth_project.mongodb import find_one_and_update
from auth_project.passkeys import ceremonies, challenges, selectors, services
from auth_project.passkeys.ceremonies import Credential, Refused
from auth_project.passkeys.challenges import Purpose
from auth_project.passkeys.models import Challenge, Passkey
from auth_project.transactions import run_in_txn

logger = logging.getLogger(__name__)


class PasskeyRefused(InvalidCredentials):
    """One answer whatever is wrong. The challenge is used up, and a passkey that was copied is marked."""

    keeps_effects = True
    title = "The passkey was not accepted"


def begin(*, login: str, now: datetime) -> dict[str, Any]:
    """What to ask the browser for: `PublicKeyCredentialRequestOptionsJSON`, good for five minutes.

    No account is looked at, and none of anybody's credentials is named: every passkey can be found by the browser
    itself. With `login` only that account's are taken afterwards.
    """
    challenge = challenges.issue(purpose=Purpose.SIGN_IN, bound_to=_mark_of(login) if login else "", now=now)
    return ceremonies.request_options(challenge=challenge)


def authenticate(*, credential: Credential, now: datetime) -> User:
    """Who signs in, who may be somebody that had left for a while.

    :raises PasskeyRefused: an unknown passkey, a wrong signature, a challenge that is not good any more, an account
        that may not sign in.
    """
    passkey = selectors.by_credential_id(credential["id"])
    try:
        return _authenticate(credential, passkey, now)
    except Refused as error:
        logger.warning("login.refused", extra={"reason": str(error)})
        note(Event.LOGIN_FAILED, user_id=passkey.user_id if passkey else None, reason="passkey")
        raise PasskeyRefused from error


def _authenticate(credential: Credential, passkey: Passkey | None, now: datetime) -> User:
    challenge = ceremonies.challenge_in(credential)
    taken = challenges.take(challenge, purpose=Purpose.SIGN_IN, now=now)
    if taken is None or passkey is None:
        raise Refused("no such challenge" if taken is None else "no such passkey")
    sign_count = ceremonies.verify_authentication(credential, challenge=challenge, passkey=passkey)
    user = users.by_id(passkey.user_id)
    if user is None or not may_sign_in(user) or not _is_for(taken, user):
        raise Refused("an account that may not sign in, or another than was named")
    _use(passkey, user, sign_count, now)
    return user


def _use(passkey: Passkey, user: User, sign_count: int, now: datetime) -> None:
    """Move the counter on. One atomic step, so that of two with the same counter one is late.

    Authenticators that do not count say 0 every time; one that once counted may not say that again.
    """
    goes_on: Any = {"$lt": sign_count} if sign_count else 0
    match = {"_id": passkey.pk, "suspect_since": None, "sign_count": goes_on}
    change = {"sign_count": sign_count, "last_used_at": now}
    if not run_in_txn(lambda: _moved_on(passkey, match, change)):
        run_in_txn(lambda: _suspect(passkey, user, now))
        raise Refused("its counter went back")


def _moved_on(passkey: Passkey, match: dict[str, Any], change: dict[str, Any]) -> bool:
    if find_one_and_update(Passkey, match=match, update={"$set": change}) is None:
        return False
    record(Event.PASSKEY_USED, user_id=passkey.user_id, passkey_id=str(passkey.pk))
    return True


def _suspect(passkey: Passkey, user: User, now: datetime) -> None:
    """Somebody has a copy of the key: which of the two this is nobody can tell, so neither is taken from now on."""
    match = {"_id": passkey.pk, "suspect_since": None}
    if find_one_and_update(Passkey, match=match, update={"$set": {"suspect_since": now}}) is not None:
        services.tell_owner(user, "suspect", passkey)


def _is_for(challenge: Challenge, user: User) -> bool:
    """Whether it was begun without a name, or with one of the user's."""
    return challenge.bound_to in ("", _mark_of(user.username_ci), _mark_of(user.email_ci))


def _mark_of(login: str) -> str:
    """A keyed hash: whoever reads the store does not learn who is about to sign in."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"passkey login {normalise(login)}".encode(), hashlib.sha256
    ).hexdigest()
