"""Blotting out a name where others wrote it: `@ada` of somebody who was erased becomes `@•••` in posts, their earlier
versions, alt texts, drafts, what moderators read and write, and kept answers.

As long as before, so that tags, links and other mentions stand where they stood. What is no mention stays: many a name
is a word. The texts are walked through in pages, as no index finds a name in them, and nobody waits for it.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from posts_project import sql
from posts_project.posts.services import indexing

PAGE_ROWS = 10_000
BLOT = "•"

_MENTION = "(?<![a-z0-9_])@{name}(?![a-z0-9_])"
# Answers tell of people as well, in the shape that clients get.
_IN_ANSWERS = '(?<=["@]){name}(?![a-z0-9_])|{id}'


@dataclass(frozen=True, kw_only=True)
class Written:
    """Rows of `table`, walked through by `key`, whose `text` may name somebody; `changed` is what becomes of them.

    :param then: what else has to be done with those that were changed, told by the first of the key.
    """

    table: str
    key: tuple[str, ...]
    text: str
    changed: str
    then: Callable[[Sequence[Any]], object] = lambda changed: None

    @property
    def statement(self) -> str:
        key = ", ".join(self.key)
        return f"""
            WITH page AS MATERIALIZED (
                SELECT {key}, {self.text} AS text FROM {self.table}
                WHERE %(first)s OR ({key}) > ({", ".join(f"%(after{place})s" for place in range(len(self.key)))})
                ORDER BY {key} LIMIT {PAGE_ROWS}),
            named AS (SELECT {key} FROM page WHERE strpos(lower(text), %(sought)s) > 0),
            changed AS (
                UPDATE {self.table} SET {self.changed} WHERE ({key}) IN (SELECT {key} FROM named))
            SELECT (SELECT array_agg({self.key[0]}) FROM named), {key} FROM page
            ORDER BY {", ".join(f"{column} DESC" for column in self.key)} LIMIT 1"""


def _blotted(text: str) -> str:
    return f"regexp_replace({text}, %(pattern)s, %(blot)s, 'gi')"


MENTIONING = [
    Written(
        table="post",
        key=("id",),
        text="text || spoiler_text",
        changed=f"text = {_blotted('text')}, spoiler_text = {_blotted('spoiler_text')}",
        then=indexing.index,
    ),
    Written(
        table="post_version",
        key=("post_id", "number"),
        text="text || spoiler_text",
        changed=f"text = {_blotted('text')}, spoiler_text = {_blotted('spoiler_text')}",
    ),
    Written(table="medium", key=("id",), text="alt_text", changed=f"alt_text = {_blotted('alt_text')}"),
    Written(table="draft", key=("id",), text="post::text", changed=f"post = {_blotted('post::text')}::jsonb"),
    Written(table="scheduled_post", key=("id",), text="post::text", changed=f"post = {_blotted('post::text')}::jsonb"),
    Written(table="moderation_case", key=("id",), text="text", changed=f"text = {_blotted('text')}"),
    Written(table="report", key=("id",), text="comment", changed=f"comment = {_blotted('comment')}"),
    Written(table="decision", key=("id",), text="text", changed=f"text = {_blotted('text')}"),
    Written(
        table="appeal",
        key=("decision_id",),
        text="text || answer",
        changed=f"text = {_blotted('text')}, answer = {_blotted('answer')}",
    ),
]
_BODY = "convert_from(body, 'UTF8')"
ANSWER = Written(
    table="idempotent_answer",
    key=("actor", "key"),
    text=_BODY,
    changed=f"body = convert_to({_blotted(_BODY)}, 'UTF8')",
)


def blot_out(*, profile_id: int, username: str) -> None:
    """Take the name, in answers the id beside it too, out of all that others wrote; may be repeated."""
    name, blot = f"@{username}", BLOT * len(username)
    for written in MENTIONING:
        _walk(written, {"pattern": _MENTION.format(name=username), "blot": f"@{blot}", "sought": name})
    pattern = _IN_ANSWERS.format(name=username, id=profile_id)
    for sought in (str(profile_id), name):
        _walk(ANSWER, {"pattern": pattern, "blot": blot, "sought": sought})


def _walk(written: Written, values: dict[str, object]) -> None:
    """Every page is a transaction of its own."""
    # Values of the key's types; at first they are not looked at.
    after: tuple[object, ...] | None = tuple("" if column == "key" else 0 for column in written.key)
    first = True
    while after is not None:
        places = {f"after{place}": value for place, value in enumerate(after)}
        after = _blot_page(written, {**values, **places, "first": first})
        first = False


@transaction.atomic
def _blot_page(written: Written, values: dict[str, object]) -> tuple[object, ...] | None:
    """The key of the page's last row; None behind the end."""
    found = sql.row(written.statement, values)
    if found is None:
        return None
    changed, *last = found
    if changed:
        written.then(changed)
    return tuple(last)
