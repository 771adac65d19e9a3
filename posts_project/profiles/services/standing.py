"""What moderators have laid upon a profile: each way in the caller's transaction, and twice is as once."""

from posts_project import sql
from posts_project.profiles.models import Profile

_SUSPEND = """
    UPDATE profile SET told_state = state, state = 'suspended'
    WHERE id = %(id)s AND told_state IS NULL AND state <> 'erased'
"""
_REINSTATE = """
    UPDATE profile SET state = told_state, told_state = NULL WHERE id = %(id)s AND told_state IS NOT NULL
"""


def suspend(profile_id: int) -> bool:
    """Hide the profile from everybody, whatever Auth says of it from now on; False where it is so already."""
    return bool(sql.execute(_SUSPEND, {"id": profile_id}))


def reinstate(profile_id: int) -> bool:
    """Let the profile be again what Auth says of it; False where it is so already."""
    return bool(sql.execute(_REINSTATE, {"id": profile_id}))


def limit(profile_id: int, *, is_limited: bool) -> bool:
    """Take the profile's posts off the surfaces of strangers, or bring them back; False where it is so already."""
    return bool(Profile.objects.filter(id=profile_id).exclude(is_limited=is_limited).update(is_limited=is_limited))
