"""People of a loaded data set who suit a measurement."""

from benchmarks.callers import Person
from posts_project import sql

_KEPT = "EXISTS (SELECT FROM timeline t WHERE t.owner_id = a.id)"
# True of everybody where there is no reader (null).
_NO_BLOCK = "NOT EXISTS (SELECT FROM block b WHERE b.profile_id = %(reader)s AND b.other_id = a.id)"
_COUNTED = """
    SELECT a.id, a.username FROM profile a JOIN profile_count c ON c.profile_id = a.id
    WHERE a.username LIKE 'person\\_%%' AND a.id IS DISTINCT FROM %(reader)s AND {no_block} AND {condition}
    GROUP BY a.id ORDER BY abs(sum(c.{column}) - %(wanted)s), a.id LIMIT %(limit)s
"""
_BY_FOLLOWEES = _COUNTED.format(column="following", no_block=_NO_BLOCK, condition=_KEPT)
_BY_FOLLOWERS = _COUNTED.format(column="followers", no_block=_NO_BLOCK, condition="true")

_READERS = f"""
    SELECT a.id, a.username FROM profile a WHERE a.username LIKE 'person\\_%%' AND {_KEPT}
    ORDER BY hashint8(a.id) LIMIT %(limit)s
"""
_MOST_LIKED = f"""
    SELECT p.id FROM post p JOIN post_count c ON c.post_id = p.id JOIN profile a ON a.id = p.author_id
    WHERE p.visibility = 'public' AND {_NO_BLOCK} GROUP BY p.id ORDER BY sum(c.likes) DESC, p.id LIMIT 1
"""
# Words alone, not the names of epochs, authors and tags, which have a colon.
_OF_LATE = """
    SELECT word FROM ts_stat('SELECT words FROM post_words ORDER BY post_id DESC LIMIT 2000')
    WHERE word !~ ':' ORDER BY ndoc DESC, word LIMIT %(limit)s
"""
_LONG_AGO = """
    SELECT a.username FROM (SELECT * FROM mention ORDER BY post_id
        OFFSET (SELECT least(1000, count(*) / 4) FROM mention) LIMIT 1000) m
    JOIN profile a ON a.id = m.profile_id GROUP BY a.id ORDER BY count(*), a.id LIMIT 1
"""
_FRIENDS = """
    SELECT a.id, a.username, array_agg(b.username ORDER BY b.id)
    FROM profile a JOIN follow f ON f.follower_id = a.id JOIN profile b ON b.id = f.followee_id
    WHERE a.username LIKE 'node%%' GROUP BY a.id ORDER BY a.id
"""


def readers(limit: int) -> list[Person]:
    """People with a kept timeline, taken at random and the same ones every time."""
    return [Person(*row) for row in sql.rows(_READERS, {"limit": limit})]


def by_followees(wanted: int, limit: int, *, reader: Person | None = None) -> list[Person]:
    """With a kept timeline, and nearest to `wanted` followees; people whom `reader` may deal with, if one is given."""
    return _nearest(_BY_FOLLOWEES, wanted, limit, reader)


def by_followers(wanted: int, limit: int, *, reader: Person | None = None) -> list[Person]:
    return _nearest(_BY_FOLLOWERS, wanted, limit, reader)


def friends() -> dict[Person, list[str]]:
    """The friendship graph: everybody, and their friends' names."""
    return {Person(*row[:2]): row[2] for row in sql.rows(_FRIENDS, {})}


def most_liked_post(reader: Person) -> int:
    """Of those that `reader` may see."""
    return int(sql.rows(_MOST_LIKED, {"reader": reader.id})[0][0])


def most_used_tag() -> str:
    return str(sql.rows("SELECT name FROM post_tag GROUP BY name ORDER BY count(*) DESC LIMIT 1", {})[0][0])


def common_words(limit: int) -> list[str]:
    """Those that stand in most posts of late, the commonest first."""
    return [str(row[0]) for row in sql.rows(_OF_LATE, {"limit": limit})]


def rare_word() -> str:
    """Somebody's name in a post of long ago, which hardly any other has."""
    return str(sql.rows(_LONG_AGO, {})[0][0])


def newest_post() -> int:
    return int(sql.rows("SELECT max(id) FROM post", {})[0][0])


def _nearest(statement: str, wanted: int, limit: int, reader: Person | None) -> list[Person]:
    parameters = {"wanted": wanted, "limit": limit, "reader": reader and reader.id}
    return [Person(*row) for row in sql.rows(statement, parameters)]
