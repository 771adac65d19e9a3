"""Profiles as they are shown, each list in one statement.

The viewer's relations are read from the tables of `follows`: by name, since `follows` stands above this app.
"""

from collections.abc import Sequence
from typing import Any

from posts_project import sql
from posts_project.profiles.models import Profile
from posts_project.profiles.visibility import LIVE, apart
from shared.problems import NotFound
from shared.wire import timestamp

# The short shape, as every hot page selects it; `short` turns such columns into what clients get.
SHORT_COLUMNS = ("id", "username", "display_name", "avatar_url", "is_private")
# How a viewer stands to a profile, in the order of the columns below.
RELATION = ("following", "followed_by", "requested", "blocking", "muting")

_PRESENT = f"""
    SELECT {sql.columns(SHORT_COLUMNS, table="a")}, a.bio, a.created_at, c.posts, c.followers, c.following,
        EXISTS (SELECT FROM follow WHERE follower_id = %(viewer)s AND followee_id = a.id),
        EXISTS (SELECT FROM follow WHERE follower_id = a.id AND followee_id = %(viewer)s),
        EXISTS (SELECT FROM follow_request WHERE follower_id = %(viewer)s AND followee_id = a.id),
        EXISTS (SELECT FROM block WHERE profile_id = %(viewer)s AND other_id = a.id AND blocks),
        EXISTS (SELECT FROM mute WHERE profile_id = %(viewer)s AND other_id = a.id AND {LIVE})
    FROM profile a
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(posts), 0), coalesce(sum(followers), 0), coalesce(sum(following), 0)
        FROM profile_count WHERE profile_id = a.id
    ) c (posts, followers, following)
    WHERE a.id = ANY(%(ids)s) AND a.state = 'active'
"""  # noqa: S608 - the columns are constants
_WHOLE = f"{_PRESENT} AND NOT {apart('a.id')}"

# Of people whose names begin alike, as many are looked up.
MOST_ALIKE = 100


def ids_by_beginning(name: str) -> list[int]:
    """Of the first hundred whose usernames begin so, for searches of what is theirs: looked up first, so that rows are
    found by their owner, and not the owner of every row there is."""
    found = Profile.objects.filter(username__startswith=name.lower()).order_by("username")[:MOST_ALIKE]
    return list(found.values_list("id", flat=True))


def whole(ids: Sequence[int], *, viewer_id: int, across_blocks: bool = False) -> list[dict[str, Any]]:
    """The profiles among `ids` that are there for `viewer_id`, with counts and the relation to them, in that order.

    :param across_blocks: also those whom a block keeps apart from the viewer; for whoever sets or ends one.
    """
    statement = _PRESENT if across_blocks else _WHOLE
    by_id = {row[0]: _whole(row) for row in sql.rows(statement, {"ids": list(ids), "viewer": viewer_id})}
    return [by_id[wanted] for wanted in ids if wanted in by_id]


def profile(profile_id: int, *, viewer_id: int, across_blocks: bool = False) -> dict[str, Any]:
    """The same for one of them.

    :raises NotFound: it is not there, or not any more.
    """
    found = whole([profile_id], viewer_id=viewer_id, across_blocks=across_blocks)
    if not found:
        raise NotFound
    return found[0]


def short(
    profile_id: int, username: str, display_name: str, avatar_url: str | None, is_private: bool
) -> dict[str, Any]:
    return {
        "id": str(profile_id),
        "username": username,
        "display_name": display_name,
        "avatar_url": avatar_url,
        "is_private": is_private,
    }


def counts(profile_id: int) -> dict[str, int]:
    """Of posts, followers and followed; all 0 where there is nothing, or nobody."""
    names = ("posts", "followers", "following")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
    statement = f"SELECT {sums} FROM profile_count WHERE profile_id = %(id)s"  # noqa: S608 - the columns are constants
    return dict(zip(names, sql.rows(statement, {"id": profile_id})[0], strict=True))


def follower_count(profile_id: int) -> int:
    total = sql.row(
        "SELECT coalesce(sum(followers), 0) FROM profile_count WHERE profile_id = %(id)s", {"id": profile_id}
    )
    return int(total[0]) if total else 0


def _whole(row: sql.Row) -> dict[str, Any]:
    bio, created_at, posts, followers, following, *relation = row[5:]
    return {
        **short(*row[:5]),
        "bio": bio,
        "created_at": timestamp(created_at),
        "counts": {"posts": int(posts), "followers": int(followers), "following": int(following)},
        "viewer": dict(zip(RELATION, relation, strict=True)),
    }
