"""What an archive of somebody's data holds: this table is all of it."""

import time
from collections.abc import Iterable
from datetime import datetime

from auth_project.accounts.models import User
from auth_project.accounts.services import exports
from auth_project.accounts.services.exports import ExportedFile, Sections, account_of, as_json, avatar_of
from auth_project.audit.selectors import all_of_user
from auth_project.passkeys.models import Passkey
from auth_project.posts_client import ExportPage, posts_client
from auth_project.tokens.models import Session
from shared.remote_errors import RemoteUnavailable

# One slow answer among hundreds is not worth beginning anew.
PAUSES_SECONDS: tuple[float, ...] = (0.2, 1.0)


def sessions_of(user: User) -> Iterable[ExportedFile]:
    shown = ("created_at", "last_used_at", "ended_at", "end_reason", "ip", "user_agent")
    sessions = list(Session.objects.filter(user=user).values(*shown))
    yield as_json("sessions.json", sessions, about="Where and when you were signed in.")


def passkeys_of(user: User) -> Iterable[ExportedFile]:
    shown = ("name", "created_at", "last_used_at", "suspect_since")
    passkeys = list(Passkey.objects.filter(user=user).values(*shown))
    yield as_json("passkeys.json", passkeys, about="Your passkeys: all but their ids and keys.")


def audit_of(user: User) -> Iterable[ExportedFile]:
    entries = [{**entry, "id": str(entry["id"])} for entry in all_of_user(user.pk)]
    yield as_json("audit.json", entries, about="What happened to your account: sign-ins, changes, what staff did.")


def posts_of(user: User) -> Iterable[ExportedFile]:
    """Whatever Posts has, page by page.

    :raises RemoteError: it is away, or does not do as agreed.
    """
    cursor, is_first = None, True
    while is_first or cursor is not None:
        page = _page(user.pk, cursor)
        for file in page.files:
            yield as_json(f"posts/{file.name}", file.content, about=file.about)
        cursor, is_first = page.next, False


def _page(user_id: int, cursor: str | None) -> ExportPage:
    for pause in PAUSES_SECONDS:
        try:
            return posts_client().export_page(user_id=user_id, cursor=cursor)
        except RemoteUnavailable:
            time.sleep(pause)
    return posts_client().export_page(user_id=user_id, cursor=cursor)


# What Posts has comes first: while it is away, nothing else is made in vain.
SECTIONS: Sections = [posts_of, account_of, avatar_of, sessions_of, passkeys_of, audit_of]


def make_due(*, now: datetime) -> int:
    """Make the archives that were asked for; return how many."""
    return exports.make_due(sections=SECTIONS, now=now)
