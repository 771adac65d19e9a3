"""Profiles as Auth tells of them, in events and in answers: the newer word wins, the last word is erasure."""

from dataclasses import asdict
from typing import Any

from posts_project import sql
from posts_project.events.registry import defer, publish
from posts_project.profiles import tombstones
from posts_project.profiles.facts import ProfileCreated, ProfileErased
from shared.events import UserState

# What a profile that Auth has never described is taken to be: hidden as far as can be.
PROVISIONAL = 0

_UPSERT = """
    INSERT INTO profile
        (id, username, display_name, bio, avatar_url, is_private, created_at, state, version, is_pulled)
    VALUES (%(id)s, %(username)s, %(display_name)s, %(bio)s, %(avatar_url)s, %(is_private)s, %(created_at)s, %(state)s,
        %(version)s, false)
    ON CONFLICT (id) DO UPDATE SET
        username = excluded.username, display_name = excluded.display_name, bio = excluded.bio,
        avatar_url = excluded.avatar_url, is_private = excluded.is_private, created_at = excluded.created_at,
        state = CASE WHEN profile.told_state IS NULL THEN excluded.state ELSE profile.state END,
        told_state = CASE WHEN profile.told_state IS NOT NULL THEN excluded.state END,
        version = excluded.version
    WHERE profile.version < excluded.version AND profile.state <> 'erased'
    RETURNING xmax = 0
"""

_KNOWN = """
    SELECT version, state,
        EXISTS (SELECT FROM profile AS other WHERE other.username = %(username)s AND other.id <> p.id)
    FROM profile AS p WHERE id = %(id)s
    FOR NO KEY UPDATE
"""

# Note [Names that changed hands]: names are unique at Auth, but their news can arrive here in any order. Whoever holds
# a name that somebody else has newly got is out of date: they stand as `~id`, one version back, until Auth is asked.
_DISPLACE = """
    UPDATE profile SET username = '~' || id, version = greatest(version - 1, 0)
    WHERE username = %(username)s AND id <> %(id)s
    RETURNING id
"""


def apply_state(user: UserState, *, version: int) -> bool:
    """Store `user` as of `version`, in the caller's transaction; False where something at least as new is stored."""
    values = {**asdict(user), "version": version}
    # Asked first, so that an old event does not take a name away from its present holder.
    known = sql.row(_KNOWN, values)
    if not _is_news(known, values):
        return False
    if known is None or known[2]:
        _displace(values)
    written = sql.row(_UPSERT, values)
    if written is None:
        return False
    if written[0]:
        publish(ProfileCreated(profile_id=user.id))
    return True


def erase(profile_id: int, *, version: int) -> bool:
    """Blank the profile for good and let the purge of all it wrote begin; False where it was erased before.

    At the end of the purge the profile goes, too, and a tombstone stays.
    """
    if tombstones.stands_for(profile_id):
        return False
    known = sql.row("SELECT username FROM profile WHERE id = %(id)s FOR UPDATE", {"id": profile_id})
    written = sql.execute(
        """
        INSERT INTO profile
            (id, username, display_name, bio, avatar_url, is_private, created_at, state, version, is_pulled)
        VALUES (%(id)s, '~' || %(id)s::bigint, '', '', NULL, true, now(), 'erased', %(version)s, false)
        ON CONFLICT (id) DO UPDATE SET
            username = excluded.username, display_name = '', bio = '', avatar_url = NULL, is_private = true,
            state = 'erased', told_state = NULL, version = greatest(profile.version, excluded.version)
        WHERE profile.state <> 'erased'
        """,
        {"id": profile_id, "version": version},
    )
    if written:
        username = known[0] if known and not known[0].startswith("~") else ""
        publish(ProfileErased(profile_id=profile_id, username=username))
    return bool(written)


def _is_news(known: tuple[Any, ...] | None, values: dict[str, Any]) -> bool:
    if known is None:
        return not tombstones.stands_for(values["id"])
    return bool(known[0] < values["version"] and known[1] != "erased")


def _displace(values: dict[str, Any]) -> None:
    for (displaced,) in sql.rows(_DISPLACE, values):
        defer("profiles.refresh", profile_id=displaced)
