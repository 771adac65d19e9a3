"""What the readers of files make of them, whatever the format."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posts_project.imports.serializers import ItemInput


@dataclass(frozen=True, kw_only=True)
class Item:
    """A post of the file: where it stands there, and what is to be stored.

    :param key: hash of the file's own id for it. :param parent: the same for the one that it answers.
    """

    place: str
    key: str
    created_at: datetime
    text: str
    visibility: str | None = None
    reply_policy: str | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    language: str | None = None
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something of the file that cannot become a post, and why."""

    place: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something of the file that does not become a post, as there are none of its kind; `what` is for the summary."""

    what: str


def key_of(source: str | bytes) -> str:
    return hashlib.blake2b(source.encode() if isinstance(source, str) else source, digest_size=16).hexdigest()


def judged(data: Mapping[str, Any], *, place: str, otherwise: bytes) -> Item | Fault:
    """The item that `data` describes, in the shape of `ItemInput`; known by `otherwise` where it has no id."""
    given = ItemInput(data=data)
    if not given.is_valid():
        return Fault(place=place, reason=_reason(given.errors))
    values = given.validated_data
    source, parent = values.pop("id", None), values.pop("in_reply_to", None)
    return Item(place=place, key=key_of(source or otherwise), parent=key_of(parent) if parent else None, **values)


def _reason(errors: Mapping[str, Any]) -> str:
    """Field and code of each fault; nothing of what the file says, but names of fields, of which no terminal takes
    harm."""
    return ", ".join(f"{_harmless(name)}: {faults[0].code}" for name, faults in errors.items())


def _harmless(name: str) -> str:
    return name[:50].encode("unicode_escape").decode()
