"""What an archive of somebody's data holds: this table is all of it."""

from collections.abc import Iterable
from datetime import datetime

from auth_project.accounts.models import User
from auth_project.accounts.services import exports
from auth_project.accounts.services.exports import ExportedFile, Sections, account_of, as_json, avatar_of
from auth_project.tokens.models import Session


def sessions_of(user: User) -> Iterable[ExportedFile]:
    shown = ("created_at", "last_used_at", "ended_at", "end_reason", "ip", "user_agent")
    yield as_json("sessions.json", list(Session.objects.filter(user=user).values(*shown)))


SECTIONS: Sections = [account_of, avatar_of, sessions_of]


def make_due(*, now: datetime) -> int:
    """Make the archives that were asked for; return how many."""
    return exports.make_due(sections=SECTIONS, now=now)
