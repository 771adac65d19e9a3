"""One-time codes (RFC 6238) and the recovery codes for who lost the device.

Everything about one user's second factor is one document, and every code is used up by one compare-and-set on it: of
many who come with the same code at once one gets in (ASVS 6.5.1).
"""

import base64
import hashlib
import hmac
import io
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError

from auth_project.accounts.models import User
from auth_project.accounts.services.credentials import InvalidCredentials
from auth_project.audit.events import Event
from auth_project.audit.trail import note, record
from auth_project.mail import outbox as mails
from auth_project.mongodb import find_one_and_update
from auth_project.throttling.guesses import Guesser
from auth_project.tokens import selectors
from auth_project.tokens.models import SecondFactor
from auth_project.transactions import run_in_txn
from shared.problems import Conflict, PermissionDenied, Problem

STEP_SECONDS = 30
STEPS_ASIDE = 1  # clocks differ, and typing takes time
ENROLMENT_LASTS = timedelta(minutes=15)
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 15  # 120 bits: too many to try, so that a fast salted hash is enough
NONCE_BYTES = 12

logger = logging.getLogger(__name__)


class OtpRequired(Problem):
    """The password was right."""

    status, code, title = 401, "otp_required", "A one-time code is required"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class WrongCode(Problem):
    status, code, title = 403, "wrong_code", "The code is wrong, or was used before"


class AlreadyEnabled(Conflict):
    code, title = "totp_enabled", "One-time codes are on already; remove them to enrol another device"


class NotEnabled(Conflict):
    code, title = "totp_not_enabled", "One-time codes are not on, or the enrolment has expired"


class MfaRequired(PermissionDenied):
    code, title = "mfa_required", "This account may not be without a second factor: set up one-time codes first"


@dataclass(frozen=True, kw_only=True, repr=False)
class Enrolment:
    """What an authenticator app needs, shown once: the secret as text, as a URI, and that as a picture."""

    secret: str
    otpauth_uri: str
    qr_svg: str


def enrol(*, user_id: int, now: datetime) -> Enrolment:
    """Begin: nothing is asked at sign-in until `confirm`. Beginning again replaces what was not confirmed.

    :raises AlreadyEnabled: there is a confirmed one; it has to be removed, with its code, first.
    """
    secret = pyotp.random_base32()
    fresh = {"sealed_secret": _seal(secret, user_id), "enrolled_at": now, "last_step": 0}
    if not SecondFactor.objects.filter(pk=user_id, confirmed_at=None).update(**fresh):
        try:
            SecondFactor.objects.create(user_id=user_id, **fresh)
        except IntegrityError as error:
            raise AlreadyEnabled from error
    uri = _uri(secret, User.objects.get(pk=user_id))
    return Enrolment(secret=secret, otpauth_uri=uri, qr_svg=_qr(uri))


def confirm(*, user_id: int, code: str, network: str, now: datetime) -> list[str]:
    """From now on sign-ins ask for a code. Returns the recovery codes, which nobody can see again.

    :raises NotEnabled: nothing was begun within fifteen minutes. :raises WrongCode, Throttled: as they say.
    """
    factor = selectors.second_factor(user_id)
    if factor is None or factor.confirmed_at is not None or now - factor.enrolled_at > ENROLMENT_LASTS:
        raise NotEnabled
    guesser = Guesser(login="", account=user_id, network=network)
    guesser.count_code(now=now)
    codes = _new_recovery_codes()
    run_in_txn(lambda: _confirm(factor, code, codes, now))
    guesser.forgive_codes(now=now)
    return codes


def remove(*, user: User, code: str, network: str, now: datetime) -> None:
    """Sign-ins ask for the password alone again.

    :raises MfaRequired: this account may not be without. :raises NotEnabled, WrongCode, Throttled: as they say.
    """
    if is_required(user):
        raise MfaRequired("This account may not be without a second factor")
    run_in_txn(lambda: _remove(user, code, network, now))


def renew_recovery_codes(*, user: User, code: str, network: str, now: datetime) -> list[str]:
    """Ten new ones in place of those that are left. :raises NotEnabled, WrongCode, Throttled: as they say."""
    codes = _new_recovery_codes()
    run_in_txn(lambda: _renew(user, code, codes, network, now))
    return codes


def check(*, user: User, otp: str, network: str, now: datetime) -> None:
    """The second half of a sign-in whose password was right. `otp` is a one-time code or a recovery code.

    :raises OtpRequired: none was given. :raises InvalidCredentials: it is wrong or used up.
    :raises Throttled: too many were wrong lately.
    """
    if not user.mfa_enabled:
        return
    if not otp:
        # Whoever it is knows the password.
        note(Event.LOGIN_FAILED, user_id=user.pk, reason="otp_required")
        raise OtpRequired
    try:
        _use_counted(user.pk, otp, network, now, refusal=Event.LOGIN_FAILED)
    except WrongCode as error:
        raise InvalidCredentials from error


def is_required(user: User) -> bool:
    """Whether the account may not be without a second factor."""
    return user.mfa_required or (user.is_staff and settings.REQUIRE_STAFF_MFA)


def is_missing(user: User) -> bool:
    """Whether the account must have a second factor and has none: it opens no admin site."""
    return is_required(user) and not user.mfa_enabled


def _confirm(factor: SecondFactor, code: str, codes: list[str], now: datetime) -> None:
    step = _step_of(factor, code, now)
    salt = secrets.token_bytes(16)
    confirmed = step and find_one_and_update(
        SecondFactor,
        match={"_id": factor.user_id, "confirmed_at": None, "sealed_secret": bytes(factor.sealed_secret)},
        update={
            "$set": {
                "confirmed_at": now,
                "last_step": step,
                "salt": salt,
                "recovery_hashes": [_hash(salt, one) for one in codes],
            }
        },
    )
    if not confirmed:
        note(Event.CODE_REFUSED, user_id=factor.user_id, reason="code")
        raise WrongCode
    _set_enabled(factor.user_id, True)
    record(Event.TOTP_ADDED, user_id=factor.user_id)
    _tell_owner(User.objects.get(pk=factor.user_id), "on")


def _remove(user: User, code: str, network: str, now: datetime) -> None:
    _use_counted(user.pk, code, network, now)
    SecondFactor.objects.filter(pk=user.pk).delete()
    _set_enabled(user.pk, False)
    record(Event.TOTP_REMOVED, user_id=user.pk)
    _tell_owner(user, "off")


def _renew(user: User, code: str, codes: list[str], network: str, now: datetime) -> None:
    _use_counted(user.pk, code, network, now)
    salt = secrets.token_bytes(16)
    SecondFactor.objects.filter(pk=user.pk).update(salt=salt, recovery_hashes=[_hash(salt, one) for one in codes])
    record(Event.RECOVERY_CODES_RENEWED, user_id=user.pk)
    _tell_owner(user, "codes")


def _set_enabled(user_id: int, enabled: bool) -> None:
    User.objects.filter(pk=user_id).update(mfa_enabled=enabled)
    logger.warning("mfa.changed", extra={"user_id": user_id, "enabled": enabled})


def _tell_owner(user: User, change: str) -> None:
    context = {"username": user.username, "change": change}
    mails.send(to=user.email, template="mfa_changed", context=context, user_id=user.pk)


def _use_counted(user_id: int, code: str, network: str, now: datetime, *, refusal: Event = Event.CODE_REFUSED) -> None:
    """Use `code` up; a wrong one counts, also where the transaction around is undone."""
    factor = selectors.second_factor(user_id)
    if factor is None or factor.confirmed_at is None:
        raise NotEnabled
    guesser = Guesser(login="", account=user_id, network=network)
    guesser.count_code(now=now)
    if not (_use_one_time_code(factor, code, now) or _use_recovery_code(factor, code)):
        logger.warning("otp.refused", extra={"user_id": user_id})
        note(refusal, user_id=user_id, reason="code")
        raise WrongCode
    guesser.forgive_codes(now=now)


def _use_one_time_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    step = _step_of(factor, code, now)
    if step is None:
        return False
    match = {"_id": factor.user_id, "sealed_secret": bytes(factor.sealed_secret), "last_step": {"$lt": step}}
    return find_one_and_update(SecondFactor, match=match, update={"$set": {"last_step": step}}) is not None


def _use_recovery_code(factor: SecondFactor, code: str) -> bool:
    digest = _hash(bytes(factor.salt), code)
    return digest in factor.recovery_hashes and run_in_txn(lambda: _take_recovery_code(factor, digest))


def _take_recovery_code(factor: SecondFactor, digest: str) -> bool:
    match = {"_id": factor.user_id, "recovery_hashes": digest}
    if find_one_and_update(SecondFactor, match=match, update={"$pull": {"recovery_hashes": digest}}) is None:
        return False
    record(Event.RECOVERY_CODE_USED, user_id=factor.user_id)
    return True


def _step_of(factor: SecondFactor, code: str, now: datetime) -> int | None:
    """The time step that `code` belongs to, if it is one that has not been used: this one or one beside it."""
    try:
        generator = pyotp.HOTP(_open(bytes(factor.sealed_secret), factor.user_id))
    except InvalidTag:
        # Sealed with another TOTP_KEY: no code fits, recovery codes still do.
        logger.exception("mfa.secret_unreadable", extra={"user_id": factor.user_id})
        return None
    typed = "".join(code.split()).encode()
    fitting = [step for step in _steps(now) if hmac.compare_digest(generator.at(step).encode(), typed)]
    return next((step for step in fitting if step > factor.last_step), None)


def _steps(now: datetime) -> Iterator[int]:
    present = int(now.timestamp()) // STEP_SECONDS
    yield from range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1)


def _new_recovery_codes() -> list[str]:
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash(salt: bytes, code: str) -> str:
    """Of the code as people type it: with or without dashes and blanks, in any case."""
    typed = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(salt + typed.encode()).hexdigest()


def _uri(secret: str, user: User) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=settings.SITE_NAME)


def _qr(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="svg", scale=4, light="#fff", xmldecl=False)
    return picture.getvalue().decode().strip()


def _seal(secret: str, user_id: int) -> bytes:
    """Encrypted at rest, and bound to the user: copied to another's document it cannot be opened."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, secret.encode(), str(user_id).encode())


def _open(sealed: bytes, user_id: int) -> str:
    return _cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], str(user_id).encode()).decode()


def _cipher() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"one-time codes").derive(settings.TOTP_KEY.encode())
    return AESGCM(derived)
