"""A user's passkeys: added, named, removed; the owner is told of what comes and goes."""

import hashlib
import hmac
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from webauthn.helpers import bytes_to_base64url

from auth_project.accounts import selectors as users
from auth_project.accounts.models import User
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mail import outbox as mails
from auth_project.mongodb import find_one_and_update
from auth_project.passkeys import ceremonies, challenges, selectors
from auth_project.passkeys.ceremonies import Credential, Refused, Registered
from auth_project.passkeys.challenges import Purpose
from auth_project.passkeys.models import MOST_PASSKEYS, Passkey
from auth_project.transactions import run_in_txn
from shared.problems import Conflict, FieldError, NotFound, ValidationProblem

UNNAMED = "Passkey"
AUDITED = {"added": Event.PASSKEY_ADDED, "removed": Event.PASSKEY_REMOVED, "suspect": Event.PASSKEY_COPIED}

logger = logging.getLogger(__name__)


class TooManyPasskeys(Conflict):
    code, title = "too_many_passkeys", f"At most {MOST_PASSKEYS} passkeys can be kept"


class CredentialRefused(ValidationProblem):
    """Its challenge is used up all the same."""

    keeps_effects = True

    def __init__(self) -> None:
        detail = "Is no answer to options of the last five minutes, or was used already."
        super().__init__(FieldError(field="credential", code="invalid", detail=detail))


class CredentialTaken(ValidationProblem):
    def __init__(self) -> None:
        super().__init__(FieldError(field="credential", code="taken", detail="Is registered already."))


def begin(*, user_id: int, now: datetime) -> dict[str, Any]:
    """What to ask the browser for: `PublicKeyCredentialCreationOptionsJSON`, good for five minutes.

    :raises TooManyPasskeys: there are as many as can be.
    """
    user, present = users.present(user_id), selectors.of_user(user_id)
    if len(present) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    challenge = challenges.issue(purpose=Purpose.ADD, user_id=user_id, now=now)
    return ceremonies.creation_options(user=user, handle=_handle(user_id), challenge=challenge, present=present)


def add(*, user_id: int, credential: Credential, name: str, now: datetime) -> Passkey:
    """:raises CredentialRefused: it is not the answer to what this user was asked for, or that was answered before.
    :raises CredentialTaken, TooManyPasskeys: as they say."""
    try:
        challenge = ceremonies.challenge_in(credential)
        if challenges.take(challenge, purpose=Purpose.ADD, user_id=user_id, now=now) is None:
            raise Refused("no such challenge")
        registered = ceremonies.verify_registration(credential, challenge=challenge)
    except Refused as error:
        logger.warning("passkey.not_added", extra={"user_id": user_id, "reason": str(error)})
        raise CredentialRefused from error
    try:
        return run_in_txn(lambda: _add(user_id, registered, name or UNNAMED, now))
    except IntegrityError as error:
        # Somebody was quicker than the courtesy of looking first; the unique index decides.
        raise CredentialTaken from error


def rename(*, user_id: int, passkey_id: int | None, name: str | None) -> Passkey:
    """None leaves the name as it is. :raises NotFound: there is none, or it is somebody else's."""
    if name is None:
        return selectors.own(passkey_id, user_id)
    own = {"_id": passkey_id, "user_id": user_id}
    renamed = find_one_and_update(Passkey, match=own, update={"$set": {"name": name}})
    if renamed is None:
        raise NotFound
    return renamed


def remove(*, user_id: int, passkey_id: int | None) -> None:
    """:raises NotFound: there is none, or it is somebody else's."""
    run_in_txn(lambda: _remove(user_id, passkey_id))


def tell_owner(user: User, change: str, passkey: Passkey) -> None:
    """By mail and in the audit, in the transaction of the change: `added`, `removed` or `suspect`."""
    record(AUDITED[change], user_id=user.pk, passkey_id=str(passkey.pk))
    context = {"username": user.username, "change": change, "name": passkey.name}
    mails.send(to=user.email, template="passkey_changed", context=context, user_id=user.pk)
    logger.warning(f"passkey.{change}", extra={"user_id": user.pk, "passkey_id": passkey.pk})


def _add(user_id: int, registered: Registered, name: str, now: datetime) -> Passkey:
    user = users.present(user_id)
    if selectors.by_credential_id(registered.credential_id) is not None:
        raise CredentialTaken
    taken = {one.slot for one in selectors.of_user(user_id)}
    slot = next((slot for slot in range(MOST_PASSKEYS) if slot not in taken), None)
    if slot is None:
        raise TooManyPasskeys
    passkey = Passkey.objects.create(
        user_id=user_id,
        slot=slot,
        name=name,
        credential_id=registered.credential_id,
        user_handle=bytes_to_base64url(_handle(user_id)),
        public_key=registered.public_key,
        sign_count=registered.sign_count,
        transports=registered.transports,
        created_at=now,
    )
    tell_owner(user, "added", passkey)
    return passkey


def _remove(user_id: int, passkey_id: int | None) -> None:
    passkey = selectors.own(passkey_id, user_id)
    Passkey.objects.filter(pk=passkey.pk).delete()
    tell_owner(users.present(user_id), "removed", passkey)


def _handle(user_id: int) -> bytes:
    """What authenticators know the user by: it tells whoever looks into one nothing (WebAuthn, section 14.6.1)."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"passkey user {user_id}".encode(), hashlib.sha256)
