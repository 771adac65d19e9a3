"""Muting: hearing nothing of somebody, who does not learn of it, for a while or until it is taken back."""

from datetime import datetime

from posts_project import sql
from posts_project.follows.models import Mute
from posts_project.profiles.models import Profile
from shared import snowflakes
from shared.problems import Problem

# One that was over is begun anew; else it keeps its place in the list.
_MUTE = """
    INSERT INTO mute (profile_id, other_id, expires_at, since)
    VALUES (%(profile)s, %(other)s, %(expires_at)s, %(since)s)
    ON CONFLICT (profile_id, other_id) DO UPDATE SET expires_at = excluded.expires_at,
        since = CASE WHEN mute.expires_at <= now() THEN excluded.since ELSE mute.since END
"""


class CannotMuteSelf(Problem):
    status, code, title = 400, "cannot_mute_self", "You cannot mute yourself"


def mute(*, profile: Profile, other: Profile, expires_at: datetime | None) -> None:
    """Mute `other` until `expires_at`, or for good; what was said before about the time is replaced.

    :raises CannotMuteSelf: it is the same person.
    """
    if profile.id == other.id:
        raise CannotMuteSelf
    since = snowflakes.new_id()
    sql.execute(_MUTE, {"profile": profile.id, "other": other.id, "expires_at": expires_at, "since": since})


def unmute(*, profile: Profile, other: Profile) -> None:
    Mute.objects.filter(profile=profile, other=other).delete()


def purge(*, now: datetime) -> int:
    """Remove mutes that are over; return how many."""
    removed, _ = Mute.objects.filter(expires_at__lte=now).delete()
    return removed
