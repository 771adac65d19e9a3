"""People of a loaded data set who suit a measurement."""

from benchmarks.callers import Person
from posts_project import sql

_KEPT = "EXISTS (SELECT FROM timeline t WHERE t.owner_id = a.id)"
_COUNTED = """
    SELECT a.id, a.username FROM profile a JOIN profile_count c ON c.profile_id = a.id
    WHERE a.username LIKE 'person\\_%%' AND {condition}
    GROUP BY a.id ORDER BY abs(sum(c.{column}) - %(wanted)s), a.id LIMIT %(limit)s
"""
_BY_FOLLOWEES = _COUNTED.format(column="following", condition=_KEPT)
_BY_FOLLOWERS = _COUNTED.format(column="followers", condition="true")

_READERS = f"""
    SELECT a.id, a.username FROM profile a WHERE a.username LIKE 'person\\_%%' AND {_KEPT}
    ORDER BY hashint8(a.id) LIMIT %(limit)s
"""
_FRIENDS = """
    SELECT a.id, a.username, array_agg(b.username ORDER BY b.id)
    FROM profile a JOIN follow f ON f.follower_id = a.id JOIN profile b ON b.id = f.followee_id
    WHERE a.username LIKE 'node%%' GROUP BY a.id ORDER BY a.id
"""


def readers(limit: int) -> list[Person]:
    """People with a kept timeline, taken at random and the same ones every time."""
    return [Person(*row) for row in sql.rows(_READERS, {"limit": limit})]


def by_followees(wanted: int, limit: int) -> list[Person]:
    """With a kept timeline, and nearest to `wanted` followees."""
    return [Person(*row) for row in sql.rows(_BY_FOLLOWEES, {"wanted": wanted, "limit": limit})]


def by_followers(wanted: int, limit: int) -> list[Person]:
    return [Person(*row) for row in sql.rows(_BY_FOLLOWERS, {"wanted": wanted, "limit": limit})]


def friends() -> dict[Person, list[str]]:
    """The friendship graph: everybody, and their friends' names."""
    return {Person(*row[:2]): row[2] for row in sql.rows(_FRIENDS, {})}


def most_liked_post() -> int:
    statement = "SELECT post_id FROM post_count GROUP BY post_id ORDER BY sum(likes) DESC LIMIT 1"
    return int(sql.rows(statement, {})[0][0])


def most_used_tag() -> str:
    return str(sql.rows("SELECT name FROM post_tag GROUP BY name ORDER BY count(*) DESC LIMIT 1", {})[0][0])


def newest_post() -> int:
    return int(sql.rows("SELECT max(id) FROM post", {})[0][0])
