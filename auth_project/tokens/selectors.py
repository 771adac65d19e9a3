"""Reads of sessions and second factors."""

from datetime import datetime

from django.db.models import QuerySet

from auth_project.accounts.models import User
from auth_project.mongodb import find_one
from auth_project.tokens.models import IDLE_LIMIT, SecondFactor, Session


def by_id(session_id: str) -> Session | None:
    return find_one(Session, match={"_id": session_id})


def live_sessions(user: User, *, now: datetime) -> QuerySet[Session]:
    """The sessions that can still be refreshed, newest first."""
    live = Session.objects.filter(user=user, ended_at=None, expires_at__gt=now, last_used_at__gt=now - IDLE_LIMIT)
    if user.valid_after is not None:
        live = live.filter(created_at__gte=user.valid_after)
    return live.order_by("-created_at")


def second_factor(user_id: int) -> SecondFactor | None:
    return SecondFactor.objects.filter(pk=user_id).first()
