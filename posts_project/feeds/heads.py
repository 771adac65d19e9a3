"""The two-stage query: the first entries of many people, some hundreds or thousands, in one timeline.

It finds each one's first entry to show in the wanted range (their head, an index probe for each) and keeps the people
with the best heads; only their entries are then read.

Note [Once at home]: a post stands in such a timeline once, with whoever of its people brought it first: its author, or
else a reposter, whom the viewer has not muted. So a hundred reposts are one entry, none that arrives later moves or
hides what a client has seen, and when the first one is taken back or its maker leaves, the next takes over.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

from posts_project.posts.visibility import listed, readable, wanted
from posts_project.profiles.visibility import unmuted
from shared.snowflakes import MAX_ID

# An entry `e` with its post and that one's author, as `posts.rows` wants them.
POSTS = "JOIN post p ON p.id = e.post_id JOIN profile a ON a.id = p.author_id"
COLUMNS = "e.at, e.by_id, p, a"

_MAY_BE = f"{readable()} AND {wanted()}"

# The two kinds of what `f` brings. Not from the view `entry`, of which PostgreSQL would read all there is and sort it.
_WRITTEN = """SELECT id AS at, author_id AS by_id, id AS post_id FROM post
    WHERE author_id = f.id AND id >= f.low AND id < f.high"""
_REPOSTED = """SELECT since AS at, profile_id AS by_id, post_id FROM mark
    WHERE profile_id = f.id AND kind = 'repost' AND since >= f.low AND since < f.high"""
# What all bring who are merged at read.
_PULLED = "SELECT at, by_id, post_id FROM pulled WHERE at >= {span}.low AND at < {span}.high ORDER BY at {order}"
# What the muted bring is never shown, so its posts need not be read. IS TRUE: else PostgreSQL makes a join of it, and
# reads and sorts all instead of walking through it in order.
_OF_FOLLOWED = f"""(by_id IN (
    SELECT followee_id FROM follow WHERE follower_id = %(viewer)s AND pull AND {unmuted("followee_id")})) IS TRUE"""
# What comes with the tag `f`: its author brings it, whether or not anybody follows them.
_TAGGED = """SELECT post_id AS at, NULL::bigint AS by_id, post_id FROM post_tag
    WHERE name = f.name AND post_id >= f.low AND post_id < f.high"""


def shown(brings: str) -> str:
    """Whether entry `e` is to be shown; `brings` tells whether `o`, an entry of the same post, may be shown, too.

    What authors bring themselves may be, where the post is `readable`. See Note [Once at home].
    """
    return f"{_MAY_BE} AND (e.at = p.id OR e.at = {_first(brings)})"


def entries(people: str, *, brings: str, order: str, limit: int) -> str:
    """The first entries to show of `people` (id, low, high), each from `low` and below `high`."""
    kinds = {_WRITTEN: _MAY_BE, _REPOSTED: f"{_MAY_BE} AND e.at = {_first(brings)}"}

    def of_one(columns: str, limit: int) -> str:
        found = [_in_order(kind, condition, columns, order, limit) for kind, condition in kinds.items()]
        return f"{' UNION ALL '.join(found)} ORDER BY at {order} LIMIT {limit}"

    return f"""
        SELECT q.* FROM (
            SELECT f.* FROM ({people}) f, LATERAL ({of_one("e.at", 1)}) h
            ORDER BY h.at {order} LIMIT {limit}) f,
        LATERAL ({of_one(COLUMNS, limit)}) q
        ORDER BY q.at {order} LIMIT {limit}"""


def pulled(span: str, *, brings: str, order: str, limit: int, most: int) -> str:
    """The first entries to show of pulled authors whom the viewer follows, among the first `most` entries of all such
    authors in the one row `span` (low, high)."""
    walk = f"{_PULLED.format(span='f', order=order)} LIMIT {most}"
    followed = f"SELECT * FROM ({walk}) w WHERE {_OF_FOLLOWED}"
    return f"SELECT q.* FROM ({span}) f, LATERAL {_in_order(followed, shown(brings), COLUMNS, order, limit)} q"


def edge(order: str, *, most: int) -> str:
    """The place of the last of those `most` entries in the row `r` (low, high), as `edge`; no row where that is all."""
    return f"(SELECT at AS edge FROM ({_PULLED.format(span='r', order=order)} OFFSET {most - 1} LIMIT 1) w)"


def tagged(tags: str, *, order: str, limit: int) -> str:
    """The first posts to show of `tags` (name, low, high), in the same way; each once, however many of the tags it has.

    They are few: of all of them the first posts are read."""
    of_one = _in_order(_TAGGED, f"{listed()} AND {_MAY_BE}", COLUMNS, order, limit)
    return f"""
        SELECT DISTINCT ON (q.at) q.* FROM ({tags}) f, LATERAL {of_one} q
        ORDER BY q.at {order} LIMIT {limit}"""


def whole_range(ascending: bool) -> str:
    """The columns `low` and `high` of people for everything beyond the page's position."""
    low, high = ("%(position)s::bigint + 1", MAX_ID) if ascending else (0, "%(position)s::bigint")
    return f"{low} AS low, {high} AS high"


def _first(brings: str) -> str:
    """The place of the post's first entry among those who may bring it. See Note [Once at home]."""
    return f"""(SELECT o.at FROM entry o WHERE o.post_id = p.id AND {brings} AND {unmuted("o.by_id")}
        ORDER BY o.at LIMIT 1)"""


def _in_order(kind: str, condition: str, columns: str, order: str, limit: int) -> str:
    # One post after the other (OFFSET 0), so that no more are read than need be, however many there are.
    return f"""
        (SELECT {columns} FROM ({kind}) e CROSS JOIN LATERAL (
            SELECT p, a FROM post p JOIN profile a ON a.id = p.author_id
            WHERE p.id = e.post_id AND {condition} OFFSET 0) s
        ORDER BY e.at {order} LIMIT {limit})"""
