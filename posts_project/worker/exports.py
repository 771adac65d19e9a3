"""What Posts holds of somebody, page by page, for the archive that Auth makes of it and for `export_profile`: the table
below is all of it.

A page is one statement: up to 500 rows of one section, and no more than some 400 kB, for an answer between the services
has at most 1 MB and a second. Pages follow a key that never changes, so that nothing is told twice or left out while
its owner writes on. Of others there is an id, and the username of those who are there; who blocks or mutes somebody
is not theirs to know.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson
from django.conf import settings
from django.core import signing

from posts_project import sql
from posts_project.media import files
from posts_project.media.selectors import own, url_of
from posts_project.posts.models import Kind
from shared.problems import FieldError, NotFound, ValidationProblem
from shared.snowflakes import EPOCH, RANDOM_BITS

MAX_ROWS = 500
# The row that passes it is told still; none is larger than a post, about 100 kB at the worst.
ENOUGH_BYTES = 400_000

# Of a picture in one answer, which has it as base64.
PIECE_BYTES = 350_000
PICTURES = "media"

_SALT = "posts_project.worker.exports"
# Of another person, joined as `o`.
_NAME = "CASE WHEN o.state = 'active' THEN o.username END"


def _time(moment: str) -> str:
    """A timestamp in the shape of `shared.wire.timestamp`."""
    return f"""to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def _made(snowflake: str) -> str:
    return _time(f"(timestamptz '{EPOCH.isoformat()}' + ({snowflake} >> {RANDOM_BITS}) * interval '1 millisecond')")


@dataclass(frozen=True, kw_only=True)
class Section:
    """Rows of `table`, called `t`, in which `column` leads to the person: directly, or as `owner` says.

    :param about: what a reader of the archive is told of its files.
    :param key: what orders the rows, one column or two; together they are unique.
    :param shown: name → expression, of one row.
    """

    name: str
    about: str
    table: str
    column: str
    key: tuple[str, ...]
    shown: Mapping[str, str]
    owner: str = ""
    joins: str = ""
    where: str = "true"

    @property
    def statement(self) -> str:
        """Rows of the key's two numbers (the second 0 where there is one) and the JSON text, in order."""
        first, second = (*self.key, "0::bigint")[:2]
        beyond = f"({first}, {second}) > (%(first)s, %(second)s)" if len(self.key) > 1 else f"{first} > %(first)s"
        row = ", ".join(f"'{name}', {expression}" for name, expression in self.shown.items())
        return f"""
            SELECT first, second, shown FROM (
                SELECT *, sum(octet_length(shown)) OVER (ORDER BY first, second) - octet_length(shown) AS size FROM (
                    SELECT {first} AS first, {second} AS second, json_build_object({row})::text AS shown
                    FROM {self.table} t {self.joins}
                    WHERE {self.owner or f"t.{self.column}"} = %(user)s AND {beyond} AND {self.where}
                    ORDER BY {", ".join(self.key)} LIMIT {MAX_ROWS}) found) summed
            WHERE size < {ENOUGH_BYTES} ORDER BY first, second"""


def _people(name: str, about: str, *, mine: str, other: str, table: str, **rest: Any) -> Section:
    """Others that somebody has to do with, oldest first; unnamed while they are not there."""
    shown = {
        "id": f"t.{other}::text",
        "username": _NAME,
        "since": _made("t.since"),
    }
    return Section(
        name=name,
        about=about,
        table=table,
        column=mine,
        key=("t.since", f"t.{other}"),
        joins=f"JOIN profile o ON o.id = t.{other}",
        shown=shown | rest.pop("shown", {}),
        **rest,
    )


def _marks(name: str, about: str, kind: Kind) -> Section:
    return Section(
        name=name,
        about=about,
        table="mark",
        column="profile_id",
        key=("t.since", "t.post_id"),
        where=f"t.kind = '{kind.value}'",
        shown={"post_id": "t.post_id::text", "since": _made("t.since")},
    )


SECTIONS = [
    Section(
        name="profile",
        about="Your profile, as Posts knows it.",
        table="profile",
        column="id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "username": "t.username",
            "display_name": "t.display_name",
            "bio": "t.bio",
            "avatar_url": "t.avatar_url",
            "is_private": "t.is_private",
            "state": "t.state",
            "created_at": _time("t.created_at"),
        },
    ),
    Section(
        name="posts",
        about="Your posts and replies, oldest first, with what they say now; with polls, tags, mentions and links.",
        table="post",
        column="author_id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "text": "t.text",
            "visibility": "t.visibility",
            "reply_policy": "t.reply_policy",
            "in_reply_to": "t.in_reply_to_id::text",
            "quote_of": "t.quote_of_id::text",
            "thread": "t.thread_id::text",
            "sensitive": "t.sensitive",
            "spoiler_text": "t.spoiler_text",
            "language": "t.language",
            "poll": "t.poll",
            "media": """CASE WHEN t.has_media THEN (
                SELECT json_agg(f.id::text ORDER BY f.position) FROM medium f WHERE f.post_id = t.id)
                ELSE '[]' END""",
            "tags": "t.tags",
            "mentions": "t.mentions",
            "links": "t.links",
            "created_at": _made("t.id"),
            "edited_at": _time("t.edited_at"),
            "hidden_at": _time("t.hidden_at"),
        },
    ),
    Section(
        name=PICTURES,
        about="Your pictures, with the addresses of their files, which are good until you delete them or their post.",
        table="medium",
        column="owner_id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "post_id": "t.post_id::text",
            "type": "t.type",
            "url": url_of("t"),
            "width": "t.width",
            "height": "t.height",
            "alt_text": "t.alt_text",
            "focus": "t.focus",
            "created_at": _made("t.id"),
        },
    ),
    Section(
        name="post_versions",
        about="What your posts said before you changed them.",
        table="post_version",
        column="post_id",
        owner="p.author_id",
        joins="JOIN post p ON p.id = t.post_id",
        where="p.id >= %(first)s",  # follows from the key, which the planner cannot know: past posts are not read again
        key=("t.post_id", "t.number"),
        shown={
            "post_id": "t.post_id::text",
            "number": "t.number",
            "text": "t.text",
            "spoiler_text": "t.spoiler_text",
            "created_at": _time("t.created_at"),
        },
    ),
    _marks("reposts", "Posts that you reposted.", Kind.REPOST),
    _marks("likes", "Posts that you like.", Kind.LIKE),
    _marks("bookmarks", "Posts that you keep.", Kind.BOOKMARK),
    _marks("pins", "Posts of yours that you pinned to your profile.", Kind.PIN),
    _marks("muted_threads", "Threads that you muted, by their first post.", Kind.MUTE),
    Section(
        name="votes",
        about="What you chose in polls: places of the options, from 0.",
        table="vote",
        column="profile_id",
        key=("t.post_id",),
        shown={"post_id": "t.post_id::text", "choices": "t.choices"},
    ),
    _people("following", "Whom you follow.", table="follow", mine="follower_id", other="followee_id"),
    _people("followers", "Who follows you.", table="follow", mine="followee_id", other="follower_id"),
    _people(
        "follow_requests_made",
        "Whom you asked to be allowed to follow.",
        table="follow_request",
        mine="follower_id",
        other="followee_id",
    ),
    _people(
        "follow_requests_received",
        "Who asked you to be allowed to follow you.",
        table="follow_request",
        mine="followee_id",
        other="follower_id",
    ),
    _people("blocks", "Whom you block.", table="block", mine="profile_id", other="other_id", where="t.blocks"),
    _people(
        "mutes",
        "Whom you mute, and until when; null is for good.",
        table="mute",
        mine="profile_id",
        other="other_id",
        shown={"expires_at": _time("t.expires_at")},
    ),
    Section(
        name="lists",
        about="Your lists of people.",
        table="feed_list",
        column="owner_id",
        key=("t.id",),
        shown={"id": "t.id::text", "name": "t.name", "created_at": _made("t.id")},
    ),
    Section(
        name="list_members",
        about="Who is on your lists.",
        table="list_member",
        column="feed_list_id",
        owner="l.owner_id",
        joins="JOIN feed_list l ON l.id = t.feed_list_id JOIN profile o ON o.id = t.profile_id",
        key=("t.feed_list_id", "t.profile_id"),
        shown={
            "list_id": "t.feed_list_id::text",
            "id": "t.profile_id::text",
            "username": _NAME,
            "since": _made("t.since"),
        },
    ),
    Section(
        name="followed_tags",
        about="Tags that you follow.",
        table="tag_follow",
        column="profile_id",
        key=("t.since",),
        shown={"name": "t.name", "since": _made("t.since")},
    ),
    Section(
        name="filters",
        about="Phrases that you filter.",
        table="filter",
        column="profile_id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "phrase": "t.phrase",
            "action": "t.action",
            "whole_word": "t.whole_word",
            "expires_at": _time("t.expires_at"),
        },
    ),
    Section(
        name="drafts",
        about="What you have not published yet.",
        table="draft",
        column="author_id",
        key=("t.id",),
        shown={"id": "t.id::text", "post": "t.post", "updated_at": _time("t.updated_at")},
    ),
    Section(
        name="scheduled_posts",
        about="What is to be published by itself, and when.",
        table="scheduled_post",
        column="author_id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "post": "t.post",
            "scheduled_at": _time("t.scheduled_at"),
            "failure": "t.failure",
        },
    ),
    Section(
        name="notifications",
        about="What you were told of in the last months: its kind, and the post it is about.",
        table="notification",
        column="profile_id",
        key=("t.id",),
        shown={
            "id": "t.id::text",
            "type": "t.kind",
            "post_id": "nullif(t.post_id, 0)::text",
            "created_at": _made("t.id"),
        },
    ),
    Section(
        name="notification_settings",
        about="Up to which notification you have read, and of which kinds you want to hear nothing.",
        table="notification_settings",
        column="profile_id",
        key=("t.profile_id",),
        shown={"read_up_to": "nullif(t.read_up_to, 0)::text", "off": "t.off"},
    ),
    Section(
        name="reports",
        about="What you reported to moderators, and whether they have decided.",
        table="report",
        column="reporter_id",
        key=("t.id",),
        joins="JOIN moderation_case c ON c.id = t.case_id",
        shown={
            "id": "t.id::text",
            "post_id": "c.post_id::text",
            "profile_id": "CASE WHEN c.post_id IS NULL THEN c.profile_id::text END",
            "reason": "t.reason",
            "comment": "t.comment",
            "decided": "c.closed_at IS NOT NULL",
            "created_at": _made("t.id"),
        },
    ),
    Section(
        name="decisions",
        about="What moderators decided about you, and your appeals.",
        table="decision",
        column="profile_id",
        key=("t.id",),
        joins="LEFT JOIN reversal r ON r.decision_id = t.id LEFT JOIN appeal p ON p.decision_id = t.id",
        where="t.kind <> 'dismiss'",
        shown={
            "id": "t.id::text",
            "kind": "t.kind",
            "reason": "t.reason",
            "text": "t.text",
            "post_id": "t.post_id::text",
            "until": _time("t.until"),
            "created_at": _made("t.id"),
            "reversed_at": _time("r.reversed_at"),
            "appeal": "p.text",
            "appealed_at": _time("p.created_at"),
            "outcome": "p.outcome",
            "answer": "p.answer",
            "answered_at": _time("p.answered_at"),
        },
    ),
    Section(
        name="home_timeline",
        about="When you last looked at your home timeline.",
        table="timeline_owner",
        column="owner_id",
        key=("t.owner_id",),
        shown={"last_seen_at": _time("t.last_seen_at")},
    ),
]

# Columns that name a person, or something of theirs, and are in no section: "table.column" → why.
LEFT_OUT = {
    "block.other_id": "who blocks somebody is not theirs to know; whom they block is in blocks",
    "mute.other_id": "who mutes somebody is not theirs to know",
    "list_member.profile_id": "on whose lists somebody is, is not theirs to know",
    "mention.profile_id": "what others wrote",
    "mention.post_id": "the same as mentions in posts, for look-ups",
    "post_tag.post_id": "the same as tags in posts, for look-ups",
    "post_words.post_id": "the words of posts, for search",
    "post.in_reply_to_id": "what others wrote; one's own replies are in posts",
    "post.quote_of_id": "what others wrote; one's own quotes are in posts",
    "vote.post_id": "who chose what in one's poll is told to nobody; one's own are in votes",
    "imported_post.author_id": "hashes of ids in a file that one had imported; what came of it is in posts",
    "profile_count.profile_id": "sums of the other sections",
    "post_count.post_id": "sums of what others did, which each post shows",
    "poll_count.post_id": "sums of what others chose, which each poll shows",
    "notification_event.actor_id": "what others were told of one's likes, reposts, follows and posts, which are above",
    "timeline.owner_id": "what others wrote, kept in order for a fast page",
    "timeline.by_id": "the same as posts and reposts, at their readers'",
    "pulled.by_id": "the same as posts and reposts, next to those of others with many followers",
    "moderation_case.profile_id": "that others reported somebody; what came of it is in decisions",
    "django_admin_log.user_id": "what staff did at work, kept under their name",
    "idempotent_answer.actor": "copies of answers, for a day",
    "tokens_ended.user_id": "which tokens are refused, for the minutes that they would have lived",
}

_BY_NAME = {section.name: place for place, section in enumerate(SECTIONS)}
_STATEMENTS = [section.statement for section in SECTIONS]


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page begins: in which section, after which key, and the how-many-eth page of the section it is."""

    user_id: int
    section: int = 0
    key: tuple[int, int] = (0, 0)
    part: int = 1

    @classmethod
    def opened(cls, text: str, *, user_id: int) -> Self:
        """:raises ValidationProblem: `text` is no cursor of ours for this person."""
        try:
            owner, name, first, second, part = signing.loads(text, salt=_SALT)
            if owner != user_id:
                raise ValueError("of somebody else")
            return cls(user_id=user_id, section=_BY_NAME[name], key=(first, second), part=part)
        except (signing.BadSignature, ValueError, TypeError, KeyError) as error:
            fault = FieldError(field="cursor", code="invalid_cursor", detail="Must be the next of a page before.")
            raise ValidationProblem(fault) from error

    def sealed(self) -> str:
        return signing.dumps([self.user_id, SECTIONS[self.section].name, *self.key, self.part], salt=_SALT)


@dataclass(frozen=True, kw_only=True)
class Page:
    """`pictures`: id and file name of those that stand in `files`. `next` is None at the end of all."""

    files: list[dict[str, Any]]
    pictures: list[dict[str, str]]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some of a file; `next` is where the next piece begins, None at the end."""

    content: bytes
    next: int | None


def page(*, user_id: int, cursor: str | None) -> Page:
    """The page at `cursor`, the first without one; of somebody unknown here, empty sections.

    :raises ValidationProblem: `cursor` is none of this person's.
    """
    here = Cursor(user_id=user_id) if cursor is None else Cursor.opened(cursor, user_id=user_id)
    rows, following = _read(here)
    # The page after a full one may be empty; a section without any has one file that says so.
    found = [_file(here, rows)] if rows or here.part == 1 else []
    return Page(files=found, pictures=_pictures(here, rows), next=following.sealed() if following else None)


def piece(*, user_id: int, picture_id: int, offset: int) -> Piece:
    """Up to `PIECE_BYTES` of the file of one of their pictures.

    :raises NotFound: it is not theirs, or not there any more.
    """
    medium = own(picture_id, user_id)
    try:
        content, size = files.part(medium.stem, medium.type, offset=offset, length=PIECE_BYTES)
    except FileNotFoundError as error:
        raise NotFound from error
    end = offset + len(content)
    return Piece(content=content, next=end if content and end < size else None)


def everything(user_id: int) -> Iterator[tuple[Section, list[str]]]:
    """All pages, each with its section and its rows as JSON texts; a section may come without any."""
    here: Cursor | None = Cursor(user_id=user_id)
    while here:
        rows, following = _read(here)
        yield SECTIONS[here.section], [shown for _, _, shown in rows]
        here = following


def _read(here: Cursor) -> tuple[list[sql.Row], Cursor | None]:
    """The rows at `here`, and where the next page begins."""
    first, second = here.key
    values = {"user": here.user_id, "first": first, "second": second, "media_url": settings.POSTS_MEDIA_URL}
    rows = sql.rows(_STATEMENTS[here.section], values)
    return rows, _after(here, rows)


def _after(here: Cursor, rows: list[sql.Row]) -> Cursor | None:
    if len(rows) == MAX_ROWS or sum(len(shown.encode()) for _, _, shown in rows) >= ENOUGH_BYTES:
        first, second, _ = rows[-1]
        return Cursor(user_id=here.user_id, section=here.section, key=(first, second), part=here.part + 1)
    if here.section + 1 < len(SECTIONS):
        return Cursor(user_id=here.user_id, section=here.section + 1)
    return None


def _pictures(here: Cursor, rows: list[sql.Row]) -> list[dict[str, str]]:
    if SECTIONS[here.section].name != PICTURES:
        return []
    told = [orjson.loads(shown) for _, _, shown in rows]
    return [{"id": one["id"], "name": one["id"] + files.ENDINGS[one["type"]]} for one in told]


def _file(here: Cursor, rows: list[sql.Row]) -> dict[str, Any]:
    section = SECTIONS[here.section]
    return {
        "name": f"{section.name}-{here.part:04}.json",
        "about": section.about,
        "content": [orjson.Fragment(shown) for _, _, shown in rows],
    }
