"""The text of a post that was written as HTML, as one would read it in a browser."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3

LONGEST = 100_000

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})


class TooLong(Exception):
    """Longer than any post can be."""


def to_text(html: str, *, names: Mapping[str, str]) -> str:
    """`html` without its tags; paragraphs are parted by a blank line.

    :param names: address → full name (@ada@example.org) of those mentioned, so that nobody here is meant.
    :raises TooLong: see there.
    """
    if len(html) > LONGEST:
        raise TooLong
    reader = _Reader(names)
    reader.feed(_well_formed(html))
    reader.close()
    lines = [_BLANKS.sub(" ", line).strip() for line in "".join(reader.parts).split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before).strip()


def _well_formed(html: str) -> str:
    """As a browser mends it. Python's parser takes a minute for what some write on purpose, and this no time."""
    return nh3.clean(
        html,
        tags={*_BLOCKS, "br", "a"},
        attributes={"a": {"href", "class"}},
        clean_content_tags={"script", "style", "template"},
        url_schemes={"http", "https"},
        link_rel=None,
    )


class _Reader(HTMLParser):
    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names
        self.parts: list[str] = []
        # Of the link that is open: where its text begins, where it leads, and whether that is a person.
        self.link: tuple[int, str, bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given = dict(attrs)
            classes = (given.get("class") or "").split()
            self.link = len(self.parts), given.get("href") or "", "mention" in classes and "hashtag" not in classes
        else:
            self.parts.append("\n" if tag in ("br", "li") else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.link:
            self._close_link(*self.link)
            self.link = None
        elif tag != "li":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(_BLANKS.sub(" ", data))

    def _close_link(self, start: int, address: str, is_person: bool) -> None:
        shown = "".join(self.parts[start:]).strip()
        if is_person:
            self.parts[start:] = [_full_name(self.names.get(address, shown), address)]
        elif address and shown[:1] not in ("#", "@") and address.rstrip("/") not in shown:
            self.parts.append(f" ({address})")


def _full_name(name: str, address: str) -> str:
    """With its server, which those of one's own are shown without."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return f"{name}@{host}" if host and "@" not in name.removeprefix("@") else name
