"""What a text holds: tags, mentions and links, found once, when it is written.

All positions are in code points, `start` inclusive, `end` exclusive, so that no client needs a parser. The text is NFC.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posts_project.profiles.usernames import normalised
from posts_project.words import CASELESS, MARKS

MAX_OF_A_KIND = 30
MAX_TAG = 100

_WORD = rf"[\w{MARKS}]"
# What can be seen of a word by its letters alone: joiners, and selectors of how a letter looks. A tag is found without.
_FORMS = "\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Signs that stand within words: the dots of Catalan and Japanese, the hyphen and quotes of Hebrew, the dots of Tibetan.
_INNER = "\u00b7\u30fb\u05be\u05f3\u05f4\u0f0b\u0f0c"
_NO_LETTERS = re.compile(rf"[^\w{MARKS}{_INNER}]")
_TAG = re.compile(
    rf"(?<![\w{MARKS}#＃&/@＠])[#＃](?=\w)((?:[{_FORMS}{_INNER}]{{0,2}}{_WORD}){{1,{MAX_TAG}}})(?!{_WORD})"
)

# Not within a word, but beside caseless letters; not one of another server (@ada@example.org), nor in its address.
_MENTION = re.compile(
    rf"(?:(?<!\w)|(?<=[{CASELESS}]))(?<![@＠/])[@＠]([A-Za-z0-9_]{{3,30}})(?:(?!\w)|(?=[{CASELESS}]))(?![{MARKS}@＠])"
)

# The local part is looked for where it begins, so that a long text costs a short time.
_LOCAL = r"\w.!#$%&'*+/=?^`{|}~-"
_EMAIL = re.compile(rf"(?<![{_LOCAL}])[{_LOCAL}]{{0,62}}\w[+=-]?@[\w-]+(?:\.[\w-]+)+")

# A host, and all but blanks, quotes, brackets of the sentence, and the punctuation of scripts without spaces.
_LINK = re.compile(
    r"(?<![A-Za-z0-9_])https?://(?:\[[0-9A-F:.]+\]|[^\s\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e\u2010-\u205e])"
    r"[^\s<>\"\u200b\u2060\ufeff\u3001-\u3002\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff65]*",
    re.IGNORECASE,
)

# Trailing punctuation belongs to the sentence, not to the link.
_AFTER_LINK = ".,;:!?'\"”“’‘»«›‹…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}

# Letters and signs without a form, and code points that will never have one.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
_BLANK_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """A stretch of text and what it stands for: a folded tag, a normalised username or a URL."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Contents:
    tags: list[Found]
    mentions: list[Found]
    links: list[Found]

    @property
    def usernames(self) -> list[str]:
        return list(dict.fromkeys(mention.value for mention in self.mentions))

    @property
    def tag_names(self) -> list[str]:
        return list(dict.fromkeys(tag.value for tag in self.tags))


def parse(text: str) -> Contents:
    """The first thirty of each kind in `text`; nothing inside of a link or an e-mail address counts."""
    links = [_trimmed(match) for match in _LINK.finditer(text)]
    rest = _EMAIL.sub(lambda match: "/" * len(match[0]), _blanked(text, links))
    tags = [_found(match, name) for match in _TAG.finditer(rest) if (name := _name_of(match))]
    mentions = [_found(match, normalised(match[1]) or "") for match in _MENTION.finditer(rest)]
    return Contents(tags=tags[:MAX_OF_A_KIND], mentions=mentions[:MAX_OF_A_KIND], links=links[:MAX_OF_A_KIND])


def tag_name(text: str) -> str | None:
    """The folded name of the tag that `text` spells, with or without its #; None where no text can have such a tag."""
    match = _TAG.fullmatch(unicodedata.normalize("NFC", f"#{text.removeprefix('#')}"))
    return _name_of(match) if match else None


def is_visible(text: str) -> bool:
    """Whether there is anything to see: not only blanks, marks without a letter, or characters that have no form.

    A character that this Python has never heard of, such as next year's emoji, is taken to be seen.
    """
    return any(unicodedata.category(char) not in _BLANK_CATEGORIES and not _is_blank(char) for char in text)


def tag_entries(contents: Contents) -> list[dict[str, Any]]:
    return [{"name": tag.value, "start": tag.start, "end": tag.end} for tag in contents.tags]


def mention_entries(contents: Contents, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """Mentions of those who exist; to all others an @ is just an @."""
    return [
        {"id": str(ids[mention.value]), "username": mention.value, "start": mention.start, "end": mention.end}
        for mention in contents.mentions
        if mention.value in ids
    ]


def link_entries(contents: Contents) -> list[dict[str, Any]]:
    return [{"url": link.value, "start": link.start, "end": link.end} for link in contents.links]


def _found(match: re.Match[str], value: str) -> Found:
    return Found(value=value, start=match.start(), end=match.end())


def _is_blank(char: str) -> bool:
    return char in _BLANK or "\ufff0" <= char <= "\ufff8" or "\U000e0000" <= char <= "\U000e0fff"


def _name_of(match: re.Match[str]) -> str | None:
    """None where there is no letter (#1 means something else), or where what looks like a tag folds to none."""
    name = _folded(match[1])
    has_letter = any(unicodedata.category(char)[0] == "L" for char in name)
    return name if has_letter and _TAG.fullmatch(f"#{name}") else None


def _trimmed(match: re.Match[str]) -> Found:
    url = match[0].rstrip(_AFTER_LINK)
    # A bracket closes the link's own, or else the sentence's.
    while (opening := _BRACKETS.get(url[-1])) and url.count(url[-1]) > url.count(opening):
        url = url[:-1].rstrip(_AFTER_LINK)
    return Found(value=url, start=match.start(), end=match.start() + len(url))


def _blanked(text: str, links: list[Found]) -> str:
    for link in links:
        text = text[: link.start] + "/" * (link.end - link.start) + text[link.end :]
    return text


def _folded(tag: str) -> str:
    """One text for all ways to write a tag: in any case, width or form of its letters."""
    letters = _NO_LETTERS.sub("", unicodedata.normalize("NFKC", tag).casefold())
    return unicodedata.normalize("NFKC", letters)[:MAX_TAG]
