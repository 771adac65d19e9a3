"""Suspending accounts, and what ends that: staff, or the date that they set.

Note [Two who suspend]: administrators here and moderators of Posts both may. Administrators have the last word: they
take over what moderators have suspended, and end it; what moderators say ends only what they began and nobody has taken
over. Nor do moderators touch staff, who could undo it. Their words are numbered, since a late one may arrive after its
successor.
"""

import logging
from datetime import datetime
from functools import partial

from auth_project.accounts.models import User
from auth_project.accounts.services import valid_after
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.mail import outbox as mail
from auth_project.transactions import run_in_txn
from shared.events import UserDeactivated, UserReactivated
from shared.problems import Conflict, NotFound
from shared.wire import timestamp

LONGEST_REASON = 500
LIFTED_AT_ONCE = 500

_SUSPENSION = ["status", "suspension_reason", "suspended_until", "suspended_by_posts"]

logger = logging.getLogger(__name__)


class CannotSuspend(Conflict):
    code, title = "cannot_suspend", "This account cannot be suspended"


def suspend(*, user_id: int, reason: str, until: datetime | None, by: int | None, now: datetime) -> User:
    """Lock a user out and hide them in Posts; what they are signed in to ends at once.

    Of somebody suspended already the reason and the end are replaced, and Posts is not told again.

    :param until: when it ends by itself; None: when staff say so.
    :param by: the member of staff, who cannot be the user; None: an operator at the command line.
    :raises CannotSuspend: oneself, so that an administrator is left who can undo it; or an end that has passed.
    :raises NotFound: there is no such user.
    """
    if by == user_id:
        raise CannotSuspend("Nobody suspends themselves.")
    if until is not None and until <= now:
        raise CannotSuspend("The end must lie in the future.")
    user = run_in_txn(lambda: _suspend(_known(user_id), reason[:LONGEST_REASON], until, now))
    logger.warning("user.suspended", extra={"user_id": user_id, "by": by, "until": until})
    return user


def reinstate(*, user_id: int, by: int | None, now: datetime) -> bool:
    """Let a suspended user in again and show them in Posts; False, and nothing done, where they are not suspended."""
    done = run_in_txn(lambda: _reinstate(user_id))
    if done:
        logger.warning("user.reinstated", extra={"user_id": user_id, "by": by})
    return done


def suspend_for_posts(*, user_id: int, reason: str, until: datetime | None, sequence: int, now: datetime) -> bool:
    """Do as moderators of Posts say, in the caller's transaction. See Note [Two who suspend].

    False, and nothing done, where it is not theirs to say, comes too late, or there is no such user.
    """
    user = _heard(user_id, sequence)
    if user is None or user.status == User.Status.SUSPENDED or (until is not None and until <= now):
        return False
    if user.is_staff or user.is_superuser:
        logger.warning("user.suspension_refused", extra={"user_id": user_id})
        return False
    _suspend(user, reason[:LONGEST_REASON], until, now, by_posts=True)
    logger.warning("user.suspended", extra={"user_id": user_id, "by": "posts", "until": until})
    return True


def reinstate_for_posts(*, user_id: int, sequence: int) -> bool:
    """End what `suspend_for_posts` began, in the caller's transaction; False where there is nothing of that."""
    user = _heard(user_id, sequence)
    done = user is not None and user.suspended_by_posts and _reinstate(user_id)
    if done:
        logger.warning("user.reinstated", extra={"user_id": user_id, "by": "posts"})
    return done


def lift_expired(*, now: datetime) -> int:
    """Reinstate everybody whose suspension has ended by `now`; return how many."""
    over = User.objects.filter(suspended_until__lte=now, status=User.Status.SUSPENDED).order_by("suspended_until")
    ids = list(over.values_list("pk", flat=True)[:LIFTED_AT_ONCE])
    return sum(run_in_txn(partial(_reinstate, user_id, ended_by=now)) for user_id in ids)


def _suspend(user: User, reason: str, until: datetime | None, now: datetime, *, by_posts: bool = False) -> User:
    was_suspended = user.status == User.Status.SUSPENDED
    user.status, user.suspension_reason, user.suspended_until = User.Status.SUSPENDED, reason, until
    user.suspended_by_posts = by_posts
    user.save(update_fields=_SUSPENSION)
    record(Event.ACCOUNT_SUSPENDED, user_id=user.pk, until=timestamp(until) if until else "")
    if not was_suspended:
        user.version = outbox.record(user_id=user.pk, payload=UserDeactivated(user=user.public_state)).sequence
        valid_after.end_all(user, now=now)
    _tell(user, "suspended", reason=reason, until=f"{until:%Y-%m-%d %H:%M} UTC" if until else "")
    return user


def _reinstate(user_id: int, *, ended_by: datetime | None = None) -> bool:
    user = _known(user_id)
    if user.status != User.Status.SUSPENDED:
        return False
    if ended_by and (user.suspended_until is None or user.suspended_until > ended_by):
        return False  # prolonged in this very moment
    user.status, user.suspension_reason, user.suspended_until = User.Status.ACTIVE, "", None
    user.suspended_by_posts = False
    user.save(update_fields=_SUSPENSION)
    outbox.record(user_id=user.pk, payload=UserReactivated(user=user.public_state))
    record(Event.ACCOUNT_REINSTATED, user_id=user.pk)
    _tell(user, "reinstated")
    return True


def _heard(user_id: int, sequence: int) -> User | None:
    """The user, if there is one and Posts has said nothing newer of them; the word is noted."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or (user.moderation_sequence or 0) >= sequence:
        return None
    user.moderation_sequence = sequence
    user.save(update_fields=["moderation_sequence"])
    return user


def _tell(user: User, template: str, **context: str) -> None:
    """Nobody is locked out without being told why, and until when."""
    mail.send(to=user.email, template=template, context={"username": user.username, **context}, user_id=user.pk)


def _known(user_id: int) -> User:
    """:raises NotFound: there is no such user, or not any more."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or user.status not in User.Status.values:
        raise NotFound("There is no such user.")
    return user
