"""A post as every hot statement selects it, and as clients get it.

`page` takes candidates, a SELECT of `at`, `by_id`, `p`, `a`: where a row stands in its list, who brought the post there
(its author, a reposter, or null), and the rows of the post and its author. It puts them in order, cuts them, and adds
counts and what the viewer has done with them. `entry` and `post` turn a row into the answer's shape. JSON columns
travel as text, never parsed; what few posts have, pictures, a quoted post, a poll, costs nothing where there is none.
"""

from datetime import datetime
from typing import Any

import orjson

from posts_project import sql
from posts_project.media.selectors import attached, shown_all
from posts_project.posts.models import PollCount
from posts_project.posts.polls import IS_OVER
from posts_project.posts.visibility import filtered, readable
from posts_project.profiles.selectors import SHORT_COLUMNS, short
from shared import snowflakes
from shared.wire import timestamp

_POST_COLUMNS = (
    "id", "text", "visibility", "reply_policy", "in_reply_to_id", "sensitive", "spoiler_text", "language", "tags",
    "mentions", "links", "edited_at", "poll", "quote_of_id",
)  # fmt: skip
_QUOTED_COLUMNS = (
    "id", "text", "visibility", "sensitive", "spoiler_text", "language", "tags", "mentions", "links", "edited_at",
)  # fmt: skip
_BY = sql.columns(SHORT_COLUMNS, table="b")
_AUTHOR = sql.columns(SHORT_COLUMNS, table="a")
_POST = sql.columns(_POST_COLUMNS, table="p")

# Whether the poll is over, option → votes, and the viewer's choices.
_POLL = f"""CASE WHEN p.poll IS NOT NULL THEN json_build_array(
    {IS_OVER},
    (SELECT json_object_agg(option, votes) FROM (
        SELECT option, sum(votes) AS votes FROM poll_count WHERE post_id = p.id GROUP BY option) o),
    (SELECT to_json(choices) FROM vote WHERE post_id = p.id AND profile_id = %(viewer)s))::text END"""  # noqa: S608 - built from constants

_QUOTED = f"""CASE WHEN p.quote_of_id IS NOT NULL THEN (
    SELECT json_build_array({sql.columns(SHORT_COLUMNS, table="o")}, {sql.columns(_QUOTED_COLUMNS, table="q")},
        {attached("q")})::text
    FROM post q JOIN profile o ON o.id = q.author_id
    WHERE q.id = p.quote_of_id AND {readable(post="q", author="o")}) END"""  # noqa: S608 - built from constants

_MEDIA = f"({attached('p')})::text"

# Where a plain post stands.
PLAIN = "p.id AS at, NULL::bigint AS by_id, p, a"


def page(candidates: str, *, order: str, limit: int) -> str:
    """A statement for the first `limit` of `candidates`. Mutes stand at the first post of a thread (`posts.models`)."""
    return f"""
    SELECT c.at, {_BY}, {_AUTHOR}, {_POST}, n.*, m.*, {_POLL}, {_MEDIA}, {_QUOTED}, {filtered()}
    FROM (SELECT * FROM ({candidates}) x ORDER BY at {order} LIMIT {limit:d}) c
    CROSS JOIN LATERAL (SELECT (c.p).*) p CROSS JOIN LATERAL (SELECT (c.a).*) a
    LEFT JOIN profile b ON b.id = CASE WHEN c.at <> p.id THEN c.by_id END
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(replies), 0), coalesce(sum(likes), 0), coalesce(sum(reposts), 0),
            coalesce(sum(quotes), 0)
        FROM post_count WHERE post_id = p.id) n
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(kind, ' '), '') FROM mark WHERE profile_id = %(viewer)s
            AND post_id IN (p.id, p.thread_id) AND (post_id = p.id OR kind = 'mute')) m
    ORDER BY c.at {order}
    """  # noqa: S608 - built from constants


def position(row: sql.Row) -> int:
    return int(row[0])


def post_id(row: sql.Row) -> int:
    return int(row[11])


def is_hidden(row: sql.Row) -> bool:
    """Whether a filter of the viewer's hides the post. Such a row counts for its page, which is so much shorter."""
    return row[-1] is not None and None in row[-1]


def entry(row: sql.Row) -> dict[str, Any]:
    """A timeline entry: the post, and who reposted it where it was not its author who brought it."""
    return {"reposted_by": short(*row[1:6]) if row[1] else None, "post": post(row)}


def post(row: sql.Row) -> dict[str, Any]:
    (
        number, text, visibility, reply_policy, in_reply_to, sensitive, spoiler_text, language, tags, mentions, links,
        edited_at, poll, quote_of, replies, likes, reposts, quotes, marks, results, media, quoted,
        matched,
    ) = row[11:]  # fmt: skip
    return {
        "id": str(number),
        "author": short(*row[6:11]),
        "text": text,
        "visibility": visibility,
        "reply_policy": reply_policy,
        "in_reply_to": str(in_reply_to) if in_reply_to else None,
        "quote_of": _quoted(quote_of, quoted) if quote_of else None,
        "media": shown_all(orjson.loads(media)) if media else [],
        "poll": _poll(number, poll, results) if poll else None,
        "tags": orjson.Fragment(tags),
        "mentions": orjson.Fragment(mentions),
        "links": orjson.Fragment(links),
        "sensitive": sensitive,
        "spoiler_text": spoiler_text,
        "language": language,
        "created_at": timestamp(snowflakes.created_at(number)),
        "edited_at": timestamp(edited_at) if edited_at else None,
        "counts": {"replies": replies, "likes": likes, "reposts": reposts, "quotes": quotes},
        "viewer": {
            "liked": "like" in marks,
            "reposted": "repost" in marks,
            "bookmarked": "bookmark" in marks,
            "muted": "mute" in marks,
            "pinned": "pin" in marks,
            **_warnings(matched),
        },
    }


def _warnings(matched: list[str | None] | None) -> dict[str, list[str]]:
    phrases = [phrase for phrase in matched or () if phrase is not None]
    return {"filtered": phrases} if phrases else {}


def _quoted(post_id: int, found: str | None) -> dict[str, Any]:
    """The quoted post, without what it may quote itself; only its id where the viewer may not read it."""
    if found is None:
        return {"id": str(post_id), "unavailable": True}
    *author, number, text, visibility, sensitive, spoiler_text, language, tags, mentions, links, edited_at, media = (
        orjson.loads(found)
    )
    return {
        "id": str(number),
        "author": short(*author),
        "text": text,
        "visibility": visibility,
        "media": shown_all(media),
        "tags": tags,
        "mentions": mentions,
        "links": links,
        "sensitive": sensitive,
        "spoiler_text": spoiler_text,
        "language": language,
        "created_at": timestamp(snowflakes.created_at(number)),
        "edited_at": timestamp(datetime.fromisoformat(edited_at)) if edited_at else None,
    }


def _poll(post_id: int, asked: str, results: str) -> dict[str, Any]:
    """How often an option was chosen is told to those who have voted, and to all when the poll is over."""
    poll, (closed, votes, choices) = orjson.loads(asked), orjson.loads(results)
    told = votes or {} if closed or choices is not None else None

    def count(option: int) -> int | None:
        return None if told is None else told.get(str(option), 0)

    return {
        "id": str(post_id),
        "options": [{"title": title, "votes": count(place)} for place, title in enumerate(poll["options"])],
        "multiple": poll["multiple"],
        "expires_at": poll["expires_at"],
        "closed": closed,
        "voters": count(PollCount.VOTERS),
        "viewer": {"choices": choices or []},
    }
