"""The `outbox.json` of a Mastodon archive: activities, of which those that created a note are posts.

Activity Streams 2.0 and ActivityPub say what the members mean; everything is taken to be hostile.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from posts_project.imports import html
from posts_project.imports.items import Fault, Item, LeftOut, judged
from posts_project.posts.models import Visibility
from posts_project.posts.text import is_visible
from shared.parsing import has_surrogate

MAX_BYTES = 128 * 1024 * 1024

_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")

REPOST = "reposts"
OTHER = "activities of other kinds"
POLL = "polls and other objects than notes"
ATTACHMENT = "attachments"
EMPTY = "posts of attachments alone"
ABROAD = "answers to posts elsewhere, which stand by themselves here"


class NotAnOutbox(Exception):
    """The file as a whole is none; says why."""


def activities(file: BinaryIO) -> list[Any]:
    """:raises NotAnOutbox: see there."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise NotAnOutbox(f"It has more than {MAX_BYTES} bytes.")
    try:
        outbox = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAnOutbox("It is no JSON that can be read.") from error
    found = outbox.get("orderedItems") if isinstance(outbox, dict) else None
    if not isinstance(found, list):
        raise NotAnOutbox("It has no list of orderedItems.")
    return found


def read(found: list[Any]) -> Iterator[Item | Fault | LeftOut]:
    """What becomes of each, oldest first, so that a post comes before those that answer it."""
    numbered = [(number, one if isinstance(one, dict) else {}) for number, one in enumerate(found, start=1)]
    ids = {note["id"] for _, one in numbered if (note := _note(one)) and isinstance(note.get("id"), str)}
    for number, one in sorted(numbered, key=lambda pair: _published(pair[1])):
        yield from _read(one, place=f"item {number}", ids=ids)


def _read(activity: Mapping[str, Any], *, place: str, ids: set[str]) -> Iterator[Item | Fault | LeftOut]:
    note = _note(activity)
    if note is None:
        yield LeftOut(what=_kind(activity))
        return
    attachments = _list(note.get("attachment"))
    yield from [LeftOut(what=ATTACHMENT)] * len(attachments)
    try:
        data = _data(note)
    except html.TooLong:
        yield Fault(place=place, reason="text: too_long")
        return
    if attachments and isinstance(data["text"], str) and not is_visible(data["text"]):
        yield LeftOut(what=EMPTY)
        return
    answers = note.get("inReplyTo")
    if answers is not None and (not isinstance(answers, str) or answers not in ids):
        yield LeftOut(what=ABROAD)
        answers = None
    yield judged({**data, "in_reply_to": answers}, place=place, otherwise=b"")


def _data(note: Mapping[str, Any]) -> dict[str, Any]:
    content, summary = note.get("content") or "", note.get("summary")
    return {
        "id": note.get("id"),
        "created_at": note.get("published"),
        "text": _text(content, note),
        "visibility": _visibility(note),
        "sensitive": note.get("sensitive") is True,
        "spoiler_text": " ".join(summary.split()) if isinstance(summary, str) else "",
        "language": _language(note),
    }


def _text(content: Any, note: Mapping[str, Any]) -> Any:
    """As it is where it is no text, or one that cannot be stored: that is refused with all other faults."""
    if not isinstance(content, str) or has_surrogate(content):
        return content
    return html.to_text(content, names=_names(note))


def _visibility(note: Mapping[str, Any]) -> str:
    to, cc = _texts(note.get("to")), _texts(note.get("cc"))
    if _PUBLIC & to:
        return Visibility.PUBLIC
    if _PUBLIC & cc:
        return Visibility.UNLISTED
    has_followers = any(address.endswith("/followers") for address in to | cc)
    return Visibility.FOLLOWERS if has_followers else Visibility.MENTIONED


def _names(note: Mapping[str, Any]) -> dict[str, str]:
    tags = [tag for tag in _list(note.get("tag")) if isinstance(tag, dict) and tag.get("type") == "Mention"]
    named = [(tag.get("href"), tag.get("name")) for tag in tags]
    return {href: name for href, name in named if isinstance(href, str) and isinstance(name, str)}


def _language(note: Mapping[str, Any]) -> str | None:
    """That of the only text there is."""
    texts = note.get("contentMap")
    languages = list(texts) if isinstance(texts, dict) else []
    return languages[0] if len(languages) == 1 and _LANGUAGE.fullmatch(languages[0]) else None


def _note(activity: Mapping[str, Any]) -> Mapping[str, Any] | None:
    created = activity.get("object")
    is_note = activity.get("type") == "Create" and isinstance(created, dict) and created.get("type") == "Note"
    return created if is_note else None


def _kind(activity: Mapping[str, Any]) -> str:
    return {"Announce": REPOST, "Create": POLL}.get(str(activity.get("type")), OTHER)


def _published(activity: Mapping[str, Any]) -> str:
    note = _note(activity)
    return str(note.get("published")) if note else ""


def _list(value: Any) -> list[Any]:
    """Activity Streams writes a list of one without its brackets."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> set[str]:
    return {one for one in _list(value) if isinstance(one, str)}
