"""Who may read a post: the one place of authorisation for reading (api.md, "Audience").

One predicate, written once as SQL. The ORM has it as `Post.objects.visible_to(viewer_id)`, the hand-written statements
as `readable()`; no surface decides for itself. What a viewer may read but has asked not to meet is for `wanted()` and
`filtered()` to say, on the surfaces that come to them: timelines and search, not what they open themselves.
"""

# ruff: noqa: S608 - every part of these conditions is a constant; values travel as parameters

import re
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Expression, F, Value

from posts_project.filters.matching import searchable
from posts_project.profiles.visibility import LIVE, unblocked, unmuted

# OFFSET 0 keeps PostgreSQL from reading all mentions of a viewer into a hash first: one probe of an index is wanted.
# The author sees all of their own. While they are present and moderators have not hidden the post, whoever is mentioned
# sees it in any case, followers everything but "mentioned", everybody else what is public or unlisted on a profile that
# is not private; and nobody anything across a block.
_READABLE = (
    """(
    {author_id} = {viewer}
    OR {author_state} = 'active' AND {hidden_at} IS NULL AND (
        {visibility} IN ('public', 'unlisted') AND NOT {author_is_private}
        OR {visibility} <> 'mentioned' AND EXISTS (
            SELECT FROM follow WHERE follower_id = {viewer} AND followee_id = {author_id} OFFSET 0)
        OR EXISTS (
            SELECT FROM mention WHERE post_id = {post_id} AND profile_id = {viewer} OFFSET 0)
    ) AND """
    + unblocked("{author_id}", "{viewer}")
    + ")"
)

# What filters look at, and the viewer's that are in force: read once a statement, null where there are none.
_TEXT = "concat_ws(chr(10), {post}.spoiler_text, {post}.text)"
_FILTERS = f"(SELECT array_agg(f) FROM filter f WHERE profile_id = {{viewer}} AND {LIVE})"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def readable(*, post: str = "p", author: str = "a", viewer: str = "%(viewer)s") -> str:
    """The predicate for a statement in which `post` is a row of post and `author` its author's profile."""
    return _READABLE.format(
        post_id=f"{post}.id",
        author_id=f"{post}.author_id",
        visibility=f"{post}.visibility",
        hidden_at=f"{post}.hidden_at",
        author_state=f"{author}.state",
        author_is_private=f"{author}.is_private",
        viewer=viewer,
    )


def wanted(*, post: str = "p", viewer: str = "%(viewer)s") -> str:
    """Whether the viewer wants to hear of the author of `post`."""
    return unmuted(f"{post}.author_id", viewer)


def filtered(*, post: str = "p", viewer: str = "%(viewer)s") -> str:
    """What the viewer's filters say of somebody else's `post`: the phrases to warn of as an array, in which one that
    hides the post stands as null; null for nothing. For posts of a page, not for those among which it is looked for:
    what a filter hides may be nearly all there is, and a page has to cost the same."""
    filters = _FILTERS.format(viewer=viewer)
    return f"""CASE WHEN {post}.author_id <> {viewer} AND {filters} IS NOT NULL THEN (
        SELECT array_agg(CASE f.action WHEN 'warn' THEN f.phrase END ORDER BY f.id)
        FROM (SELECT {searchable(_TEXT.format(post=post))} AS text OFFSET 0) t
        JOIN unnest({filters}) f ON strpos(t.text, f.pattern) > 0) END"""


def listed(*, post: str = "p", author: str = "a") -> str:
    """For surfaces of strangers (public, tag, trends, search): only what is public on a profile that is neither private
    nor limited by moderators."""
    return f"({post}.visibility = 'public' AND NOT {author}.is_private AND NOT {author}.is_limited)"


class ReadableBy(Expression):
    """The predicate as a condition of a QuerySet of posts."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, viewer_id: int) -> None:
        super().__init__()
        self.operands: dict[str, Any] = {
            "post_id": F("id"),
            "author_id": F("author_id"),
            "visibility": F("visibility"),
            "hidden_at": F("hidden_at"),
            "author_state": F("author__state"),
            "author_is_private": F("author__is_private"),
            "viewer": Value(viewer_id, output_field=BigIntegerField()),
        }

    def get_source_expressions(self) -> list[Any]:
        return list(self.operands.values())

    def set_source_expressions(self, exprs: Any) -> None:
        self.operands = dict(zip(self.operands, exprs, strict=True))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        parameters: list[Any] = []

        def operand(match: re.Match[str]) -> str:
            sql, values = compiler.compile(self.operands[match[1]])
            parameters.extend(values)
            return str(sql)

        return _PLACEHOLDER.sub(operand, _READABLE), tuple(parameters)
