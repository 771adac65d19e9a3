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


def _promote(user: User, rights: dict[str, bool]) -> None:
    User.objects.filter(pk=user.pk).update(**rights)
    granted = [role for role, name in (("staff", "is_staff"), ("admin", "is_superuser")) if name in rights]
    record(Event.ROLE_GRANTED, user_id=user.pk, roles=" ".join(granted))
    valid_after.end_all(user, now=timezone.now())


def require_second_factor(user_id: int, *, by: int) -> None:
    """From their next sign-in on `user_id` must set up a second factor, or use the one they have."""

    def write() -> None:
        if User.objects.filter(pk=user_id).update(mfa_required=True):
            record(Event.MFA_REQUIRED, user_id=user_id)

    run_in_txn(write)
    logger.warning("user.second_factor_required", extra={"user_id": user_id, "by": by})
