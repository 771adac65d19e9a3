"""Who may use the admin sites. Roles are no public state: Posts reads them in tokens and at sign-in."""

import logging

from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import valid_after
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.transactions import run_in_txn

logger = logging.getLogger(__name__)


def promote(user: User, *, is_superuser: bool) -> None:
    """Let `user` into the admin sites, to look, or with `is_superuser` to change things; never takes anything away.

    Tokens tell of roles, so those from before end, here and in Posts.
    """
    rights = {"is_staff": True} | ({"is_superuser": True} if is_superuser else {})
    run_in_txn(lambda: _promote(user, rights))
    for name, value in rights.items():
        setattr(user, name, value)
    logger.warning("user.promoted", extra={"user_id": user.pk, "roles": user.roles})


def require_second_factor(user_id: int, *, by: int) -> None:
    """From their next sign-in on `user_id` must set up a second factor, or use the one they have."""
    if run_in_txn(lambda: _set_required(user_id, True, Event.MFA_REQUIRED)):
        logger.warning("user.second_factor_required", extra={"user_id": user_id, "by": by})


def release_second_factor(user_id: int, *, by: int) -> bool:
    """`user_id` may be without a second factor again; False, and nothing done, where nobody had asked for it."""
    done = run_in_txn(lambda: _set_required(user_id, False, Event.MFA_RELEASED))
    if done:
        logger.warning("user.second_factor_released", extra={"user_id": user_id, "by": by})
    return done


def _promote(user: User, rights: dict[str, bool]) -> None:
    User.objects.filter(pk=user.pk).update(**rights)
    granted = [role for role, name in (("staff", "is_staff"), ("admin", "is_superuser")) if name in rights]
    record(Event.ROLE_GRANTED, user_id=user.pk, roles=" ".join(granted))
    valid_after.end_all(user, now=timezone.now())


def _set_required(user_id: int, required: bool, event: Event) -> bool:
    if not User.objects.filter(pk=user_id, mfa_required=not required).update(mfa_required=required):
        return False
    record(event, user_id=user_id)
    return True
