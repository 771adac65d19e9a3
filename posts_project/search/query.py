"""What somebody is looking for, read from what they typed (docs/search.md).

A query is words, parted by blanks. Whatever does not read as an operator is a text like any other, and a text is
nothing but its words (`posts.lexemes`): no sign in it has a meaning, and no query is wrong.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from posts_project.posts import lexemes
from posts_project.posts.text import tag_name
from posts_project.profiles.usernames import normalised

MAX_QUERY = 500
# Before a `*`: beginnings that are shorter are those of nearly every text.
SHORTEST_BEGINNING = 3

_PARTS = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<chunk>\S+)')
_OPERATOR = re.compile(r"(?P<minus>-?)(?P<name>from|tag|before|after):(?P<value>.+)", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words that stand one after the other; with `is_beginning` the last may go on."""

    words: tuple[str, ...]
    is_beginning: bool = False

    def has(self, other: "Phrase") -> bool:
        """Whether wherever this stands `other` does."""
        count = len(other.words)
        places = range(len(self.words) - count + 1)
        return any(self._has_at(place, self.words[place : place + count], other) for place in places)

    def _has_at(self, place: int, words: tuple[str, ...], other: "Phrase") -> bool:
        if words[:-1] != other.words[:-1]:
            return False
        if other.is_beginning:
            return words[-1].startswith(other.words[-1])
        goes_on = self.is_beginning and place + len(words) == len(self.words)
        return words[-1] == other.words[-1] and not goes_on


@dataclass(kw_only=True)
class Query:
    """Names of authors and tags as they are compared; `before` and `after` (which is included) are days' first moments.

    Of several authors one is wanted, of everything else all.
    """

    wanted: list[Phrase] = field(default_factory=list)
    unwanted: list[Phrase] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    other_authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    other_tags: list[str] = field(default_factory=list)
    before: datetime | None = None
    after: datetime | None = None

    @property
    def finds_nothing(self) -> bool:
        """Whether there is nothing to look for, no more than signs, days, or what is not wanted; or it is wanted and
        not wanted at once, which the index would find out by looking at all that is wanted."""
        is_empty = not (self.wanted or self.authors or self.tags)
        return is_empty or bool({*self.tags} & {*self.other_tags}) or self._contradicts_itself

    @property
    def _contradicts_itself(self) -> bool:
        return any(phrase.has(other) for phrase in self.wanted for other in self.unwanted)


def parse(text: str) -> Query:
    query = Query()
    for part in _PARTS.finditer(text):
        if part["phrase"] is not None:
            _add_phrase(query, _phrase(part["phrase"]), unwanted=bool(part["minus"]))
        elif not _add_operator(query, part["chunk"]):
            unwanted = part["chunk"].startswith("-")
            _add_phrase(query, _chunk(part["chunk"]), unwanted=unwanted)
    return query


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A query in PostgreSQL's notation, its lexemes quoted; all are bound as values.

    close: for posts that have its words side by side and whole, which fits better than the words alone. None where
        there is nothing to tell apart, since one word or phrase is looked for, or a beginning is not wanted.
    rest: for all others that are meant.
    exact: `rest` without beginnings of words, where it has any: "" if nothing that is wanted remains.
    """

    close: str | None
    rest: str
    exact: str | None = None


def terms(query: Query, *, author_ids: Iterable[int], other_author_ids: Iterable[int]) -> Terms:
    """What `query` means, authors by their ids."""
    any_author = " | ".join(map(_quoted_author, author_ids))
    wanted = [*_tags(query.tags), *([f"({any_author})"] if any_author else [])]
    unwanted = [*_tags(query.other_tags), *map(_quoted_author, other_author_ids)]
    unwanted_words, unwanted_beginnings = _parted(query.unwanted)
    words, beginnings = _parted(query.wanted)
    more = [*wanted, *_none_of([*unwanted_words, *unwanted])]
    close = None if unwanted_beginnings else _side_by_side(query)
    rest = [*words, *beginnings, *more, *_none_of([*unwanted_beginnings, *([close] if close else [])])]
    exact = [*words, *more] if words or wanted else []
    return Terms(
        close=_all_of([close, *more]) if close else None,
        rest=_all_of(rest),
        exact=_all_of(exact) if beginnings or unwanted_beginnings else None,
    )


def _parted(phrases: Sequence[Phrase]) -> tuple[list[str], list[str]]:
    """Those that are whole, and those that are beginnings."""
    whole, beginnings = ([_term(one) for one in phrases if one.is_beginning is kind] for kind in (False, True))
    return whole, beginnings


def _side_by_side(query: Query) -> str | None:
    words = tuple(word for phrase in query.wanted for word in phrase.words)
    has_one_way = len(query.wanted) == 1 and not query.wanted[0].is_beginning
    return None if not words or has_one_way else _term(Phrase(words=words))


def _all_of(parts: Iterable[str]) -> str:
    return " & ".join(parts)


def _none_of(parts: Iterable[str]) -> Iterator[str]:
    return (f"!{part}" for part in parts)


def _tags(names: Iterable[str]) -> Iterator[str]:
    return (lexemes.quoted(lexemes.of_tag(name)) for name in names)


def _add_phrase(query: Query, phrase: Phrase, *, unwanted: bool) -> None:
    if phrase.words:
        (query.unwanted if unwanted else query.wanted).append(phrase)


def _add_operator(query: Query, chunk: str) -> bool:
    """Whether `chunk` is an operator with a value that makes sense."""
    match = _OPERATOR.fullmatch(chunk)
    if match is None:
        return False
    name, unwanted = match["name"].lower(), bool(match["minus"])
    if name == "from" and (username := normalised(match["value"].removeprefix("@"))):
        (query.other_authors if unwanted else query.authors).append(username)
    elif name == "tag" and (tag := tag_name(match["value"])):
        (query.other_tags if unwanted else query.tags).append(tag)
    elif name in ("before", "after") and not unwanted and (moment := _midnight(match["value"])):
        _narrow(query, name, moment)
    else:
        return False
    return True


def _narrow(query: Query, name: str, moment: datetime) -> None:
    if name == "before":
        query.before = min(query.before or moment, moment)
    else:
        query.after = max(query.after or moment, moment)


def _midnight(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) if day else None


def _phrase(text: str) -> Phrase:
    return Phrase(words=tuple(lexemes.words(text)))


def _chunk(chunk: str) -> Phrase:
    """A word and whatever clings to it: `don't` is two words, one after the other."""
    found = lexemes.words(chunk)
    beginning = chunk.removesuffix("*")
    goes_on = beginning != chunk and found and len(found[-1]) >= SHORTEST_BEGINNING
    is_beginning = bool(goes_on and lexemes.words(beginning[-1]))
    return Phrase(words=tuple(found), is_beginning=is_beginning)


def _term(phrase: Phrase) -> str:
    quoted = [lexemes.quoted(word) for word in phrase.words]
    if phrase.is_beginning:
        quoted[-1] += ":*"
    return f"({' <-> '.join(quoted)})"


def _quoted_author(author_id: int) -> str:
    return lexemes.quoted(lexemes.of_author(author_id))
