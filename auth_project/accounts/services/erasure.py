"""Leaving for good: what Auth knows of somebody is deleted in one transaction, and Posts is told to do the same.

When Posts has answered that it is done, the id goes too, and a receipt is made (docs/personal-data.md).
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from auth_project.accounts import selectors
from auth_project.accounts.models import Erasure, RetiredName, StaleFile, User
from auth_project.accounts.names import retired_id
from auth_project.accounts.services import credentials, exports, valid_after
from auth_project.audit import trail
from auth_project.audit.events import Event as Audited
from auth_project.events import outbox
from auth_project.events.models import SOURCE
from auth_project.idempotency.store import forget_answers, forget_calls
from auth_project.mail import outbox as mail
from auth_project.staff import log
from auth_project.transactions import run_in_txn
from shared.events import Event, UserErased
from shared.problems import PermissionDenied

PUBLIC_ID_BYTES = 24
MOST_PENDING = 1_000

logger = logging.getLogger(__name__)


def erase(*, user_id: int, password: str, network: str, now: datetime) -> Erasure:
    """Delete the user and all that hangs on them; only a keyed hash of the name stays, so that nobody gets it again.

    :raises WrongPassword, Throttled: `password` is not theirs.
    :raises PermissionDenied: they are staff, whose doings must stay on record under their name.
    """
    user = credentials.confirm(user_id=user_id, password=password, network=network, now=now)
    _refuse_staff(user)
    return _begin(user_id, now, reason="")


def erase_for_operator(*, user_id: int, reason: str, now: datetime) -> Erasure:
    """As above, without the user's doing; they are told `reason` by the last mail.

    :raises PermissionDenied: they are staff. :raises TokenRevoked: they were erased in this very moment.
    """
    _refuse_staff(selectors.present(user_id))
    return _begin(user_id, now, reason=reason)


def of_user(user_id: int) -> Erasure | None:
    """The erasure of whoever had that id, whether or not it is completed."""
    pending = Erasure.objects.filter(user_id=user_id).first()
    return pending or Erasure.objects.filter(subject_hash=subject_hash(user_id)).first()


def complete(*, user_id: int, receipt: Callable[[Erasure], str], now: datetime) -> bool:
    """Keep that it is done and nothing else, in the caller's transaction; False where no erasure of that user waits.

    :param receipt: makes the signed proof of a completed erasure.
    """
    erasure = Erasure.objects.filter(user_id=user_id).first()
    if erasure is None:
        return False
    erasure.completed_at, erasure.subject_hash = now, subject_hash(user_id)
    erasure.receipt = receipt(erasure)
    erasure.user_id = None
    erasure.save(update_fields=["completed_at", "receipt", "subject_hash", "user_id"])
    outbox.forget(user_id=user_id)
    forget_calls(user_id=user_id)
    trail.forget_all(user_id=user_id, erasure=erasure.pk)
    trail.record(Audited.ERASURE_COMPLETED, user_id=None, erasure=str(erasure.pk))
    return True


def forget_the_rest(*, now: datetime) -> int:
    """Blank what the audit still has of those who are being erased: of who had very many rows, and what came in the
    very moment; return how many rows that were."""
    pending = Erasure.objects.filter(user_id__gt=0).order_by("user_id")[:MOST_PENDING]
    return sum([trail.forget_all(user_id=one.user_id or 0, erasure=one.pk) for one in pending])


def told_again(user_id: int, *, after: int) -> Event | None:
    """The event of a completed erasure, as the next one beyond that sequence; None where there was none.

    Its own is deleted with all that names the person, and a Posts that is restored from a backup has them back.
    """
    erasure = Erasure.objects.filter(subject_hash=subject_hash(user_id)).first()
    if erasure is None:
        return None
    payload = UserErased(user_id=user_id)
    return Event(
        id=f"erasure-{erasure.pk}",
        type=payload.type,
        source=SOURCE,
        subject=str(user_id),
        sequence=after + 1,
        time=erasure.requested_at,
        data=payload.to_data(),
    )


def subject_hash(user_id: int) -> str:
    """What is kept in the place of an erased id: who has the key and is told an id can check that it is theirs."""
    key = settings.RETIRED_NAMES_KEY.encode()
    return hmac.new(key, f"erased user {user_id}".encode(), hashlib.sha256).hexdigest()


def _refuse_staff(user: User) -> None:
    if user.is_staff or user.is_superuser:
        raise PermissionDenied("Staff cannot be erased: what they did would have no author.")


def _begin(user_id: int, now: datetime, *, reason: str) -> Erasure:
    erasure = run_in_txn(lambda: _erase(user_id, now, reason))
    logger.warning("user.erased", extra={"user_id": user_id, "erasure": erasure.pk, "by_operator": bool(reason)})
    return erasure


def _erase(user_id: int, now: datetime, reason: str) -> Erasure:
    user = selectors.present(user_id)
    valid_after.end_all(user, now=now)
    # An erasure has the id of its row in the audit, by which rows without names tell which one it was.
    erasure_id = trail.record(Audited.ERASURE_REQUESTED, user_id=user_id).pk
    trail.forget(user_id=user_id, erasure=erasure_id)
    outbox.forget_states(user_id=user_id)
    outbox.record(user_id=user_id, payload=UserErased(user_id=user_id))
    RetiredName.objects.get_or_create(pk=retired_id(user.username_ci), defaults={"retired_at": now})
    exports.let_go(user_id=user_id, now=now)
    if user.avatar:
        StaleFile.objects.create(pk=user.avatar, stale_since=now)
    forget_answers(user_id=user_id)
    log.forget(user_id=user_id)
    # Sessions, tokens, waiting mails, exports: whatever has a foreign key to the user goes along.
    user.delete()
    mail.send(to=user.email, template="account_erased", context={"username": user.username, "reason": reason})
    public_id = secrets.token_urlsafe(PUBLIC_ID_BYTES)
    return Erasure.objects.create(id=erasure_id, public_id=public_id, user_id=user_id, requested_at=now)
