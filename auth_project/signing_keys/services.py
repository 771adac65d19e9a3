"""Making signing keys, one after the other, and ending them.

A rotation is one write: the new key with its times (`schedule`). Before it nothing has happened, after it everything
follows by itself, so a process that is killed on the way leaves nothing half done.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import IntegrityError

from auth_project.events.outbox import record_of_nobody
from auth_project.mongodb import insert_one
from auth_project.signing_keys import schedule, sealing, selectors
from auth_project.signing_keys.keyring import PAUSE_SECONDS, Keyring
from auth_project.signing_keys.models import SigningKey
from auth_project.transactions import run_in_txn
from shared.env import ConfigurationError
from shared.events import SigningKeyRevoked
from shared.keys import MAX_KEYS, load_private_key, public_jwk
from shared.problems import Conflict

ATTEMPTS = 5
# The first key has none before it that could sign where a clock is set back, or another machine's is behind.
BEFORE_THE_FIRST = timedelta(days=1)

logger = logging.getLogger(__name__)


class TooManyKeys(Conflict):
    code, title = "too_many_keys", "As many signing keys as may be published at once are live already"


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """The key that will sign next; `is_new` where it was not on its way already."""

    key: SigningKey
    is_new: bool


def prepare(*, now: datetime) -> None:
    """See to it that there is a key, and that we can sign with it: the first of an installation is made here, or taken
    over from the files of a version before this one (AUTH_SIGNING_KEY_FILES).

    :raises ConfigurationError: it cannot be opened, or such a file cannot be read; the message names the variable.
    """
    if not selectors.recent():
        _make_first(now=now)
    Keyring(selectors.recent(), now=now)


def rotate(*, now: datetime) -> Rotation:
    """Publish a new key, which signs after the lead time; where one is published already, that one is meant.

    :raises TooManyKeys: ten are live.
    """
    for _ in range(ATTEMPTS):
        keys = selectors.recent()
        if under_way := schedule.upcoming(keys, now=now):
            return Rotation(key=under_way, is_new=False)
        if len(schedule.live(keys, now=now)) >= MAX_KEYS:
            raise TooManyKeys
        key = _new(Ed25519PrivateKey.generate(), after=keys, published_at=now, signs_from=now + schedule.lead())
        if _is_first(key):
            logger.info("signing_key.published", extra={"kid": key.kid, "signs_from": key.signs_from.isoformat()})
            return Rotation(key=key, is_new=True)
    raise RuntimeError("others keep making signing keys")


def replace_all(*, now: datetime) -> Rotation:
    """For a key that has leaked: refuse from now on what any key of today has signed, and tell Posts; in a moment a new
    one signs."""
    for _ in range(ATTEMPTS):
        with suppress(IntegrityError):  # somebody else made a key meanwhile, which has to go, too
            key = run_in_txn(lambda: _replace_all(now))
            logger.warning("signing_key.all_replaced", extra={"kid": key.kid})
            return Rotation(key=key, is_new=True)
    raise RuntimeError("others keep making signing keys")


def reseal(*, now: datetime) -> int:
    """Encrypt private keys anew, under the first of AUTH_KEY_ENCRYPTION_KEYS; return how many those were."""
    keys = [key for key in schedule.live(selectors.recent(), now=now) if key.sealed]
    return sum(_reseal(key) for key in keys)


def wipe_ended(*, now: datetime) -> int:
    """Delete the private halves of keys that will never sign again; return how many."""
    states = schedule.states(selectors.recent(), now=now)
    ended = [number for number, state in states.items() if state not in schedule.LIVE]
    return SigningKey.objects.filter(number__in=ended).exclude(sealed=b"").update(sealed=b"")


def _make_first(*, now: datetime) -> None:
    """In one transaction, which of several processes that start at once one wins."""
    privates = _from_files(settings.AUTH_SIGNING_KEY_FILES) or [Ed25519PrivateKey.generate()]
    try:
        run_in_txn(lambda: _insert_signing(privates, now=now))
    except IntegrityError:
        return
    logger.info("signing_key.first", extra={"kid": public_jwk(privates[-1])["kid"], "keys": len(privates)})


def _from_files(paths: Sequence[Path]) -> list[Ed25519PrivateKey]:
    """The first file's, which signed, comes last: as if it had taken the place of the others just now."""
    try:
        return [load_private_key(path) for path in reversed(paths)]
    except ConfigurationError as error:
        raise ConfigurationError(f"AUTH_SIGNING_KEY_FILES: {error}") from error


def _insert_signing(privates: Iterable[Ed25519PrivateKey], *, now: datetime) -> None:
    made: list[SigningKey] = []
    for private in privates:
        signs_from = now if made else now - BEFORE_THE_FIRST
        key = _new(private, after=made, published_at=now, signs_from=signs_from)
        insert_one(key)
        made.append(key)


def _replace_all(now: datetime) -> SigningKey:
    keys = selectors.every()
    leaked = schedule.live(keys, now=now)
    SigningKey.objects.filter(number__in=[key.number for key in leaked]).update(revoked_at=now)
    key = _new(
        Ed25519PrivateKey.generate(), after=keys, published_at=now, signs_from=now + timedelta(seconds=PAUSE_SECONDS)
    )
    insert_one(key)
    for one in leaked:
        record_of_nobody(SigningKeyRevoked(kid=one.kid))
    return key


def _new(
    private: Ed25519PrivateKey, *, after: Sequence[SigningKey], published_at: datetime, signs_from: datetime
) -> SigningKey:
    jwk = public_jwk(private)
    return SigningKey(
        number=after[-1].number + 1 if after else 1,
        kid=jwk["kid"],
        x=jwk["x"],
        sealed=sealing.seal(private),
        published_at=published_at,
        signs_from=signs_from,
    )


def _is_first(key: SigningKey) -> bool:
    """Whether nobody else has made the key of that number."""
    try:
        insert_one(key)
    except IntegrityError:
        return False
    return True


def _reseal(key: SigningKey) -> int:
    sealed = bytes(key.sealed)
    return SigningKey.objects.filter(number=key.number, sealed=sealed).update(sealed=sealing.reseal(sealed))
