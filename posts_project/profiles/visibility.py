"""Who is there for whom, and who wants to hear of whom: conditions for statements in which a viewer asks.

The relations stand in the tables of `follows`: read by name, since `follows` stands above this app. Whom one person
blocks or mutes are few, so where a statement goes through many rows they are read once, not probed a row.
"""

# ruff: noqa: S608 - every part of these conditions is a constant; values travel as parameters

# Of what may end by itself: a row that is over is as none.
LIVE = "coalesce(expires_at, 'infinity') > now()"


def apart(profile_id: str, viewer: str = "%(viewer)s") -> str:
    """Whether one of the two, the viewer and the profile of that id, blocks the other; for statements of a few rows."""
    return f"EXISTS (SELECT FROM block WHERE profile_id = {viewer} AND other_id = {profile_id})"


def unblocked(profile_id: str, viewer: str = "%(viewer)s") -> str:
    """Whether the viewer and the profile of that id are there for each other; for statements of many rows."""
    return f"{profile_id} NOT IN (SELECT other_id FROM block WHERE profile_id = {viewer})"


def unmuted(profile_id: str, viewer: str = "%(viewer)s") -> str:
    """Whether the viewer wants to hear of the profile of that id."""
    return f"{profile_id} NOT IN (SELECT other_id FROM mute WHERE profile_id = {viewer} AND {LIVE})"


def seen(profile: str, viewer: str = "%(viewer)s") -> str:
    """Whether the viewer may learn what `profile` (a row of profile) does: a private one's doings are for followers."""
    return f"""({profile}.state = 'active' AND (NOT {profile}.is_private OR {profile}.id = {viewer} OR EXISTS (
        SELECT FROM follow WHERE follower_id = {viewer} AND followee_id = {profile}.id OFFSET 0))
        AND {unblocked(f"{profile}.id", viewer)})"""


def found(profile: str, viewer: str = "%(viewer)s", sought: str = "%(sought)s") -> str:
    """Whether `profile` (a row of profile) comes up where the viewer looks for people: one that moderators have limited
    does for itself, for its followers, and for whoever writes its whole username."""
    return f"""({profile}.state = 'active' AND (NOT {profile}.is_limited OR {profile}.id = {viewer}
        OR {profile}.username = {sought} OR EXISTS (
            SELECT FROM follow WHERE follower_id = {viewer} AND followee_id = {profile}.id OFFSET 0))
        AND {unblocked(f"{profile}.id", viewer)})"""
