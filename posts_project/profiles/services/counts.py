"""Exact counts without a hot row: see Note [Slotted counters] in `profiles.models`."""

from posts_project import sql
from posts_project.profiles.models import SLOTS

# The share that a transaction adds to, the same one for all that it counts: whoever adds to one count twice could
# otherwise wait for somebody who does the same the other way round. Hashed, as a transaction may use several ids.
SHARE = f"hashint8(pg_current_xact_id()::text::bigint) & {SLOTS - 1}"

_ADD = f"""
    INSERT INTO profile_count (profile_id, slot, posts, followers, following)
    VALUES (%(id)s, {SHARE}, %(posts)s, %(followers)s, %(following)s)
    ON CONFLICT (profile_id, slot) DO UPDATE SET
        posts = profile_count.posts + excluded.posts,
        followers = profile_count.followers + excluded.followers,
        following = profile_count.following + excluded.following
"""  # noqa: S608 - built from constants


def add(profile_id: int, *, posts: int = 0, followers: int = 0, following: int = 0) -> None:
    """Add to the counts of one profile, in the transaction of what is counted."""
    sql.execute(_ADD, {"id": profile_id, "posts": posts, "followers": followers, "following": following})
