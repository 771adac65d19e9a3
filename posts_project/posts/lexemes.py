"""The words by which a text is found, in any script, and a post's as PostgreSQL indexes them.

Not by PostgreSQL's own parser: it knows the letters of the database's locale alone, takes a run of Chinese for one
word, drops `<b>` and splits addresses in its own way. Here a text and what is looked for are read alike, on any server.

- Case, width, accents and the points of Hebrew and Arabic make no difference; other marks do, such as the vowels of
  Hindi and the dakuten of Japanese.
- Scripts without spaces between words (Han, kana, Thai, Lao, Khmer, Burmese): every character is a word, so that a word
  of several is found as a phrase. An emoji is a word as well.
- Everything else only separates words.
"""

import re
import unicodedata
from collections.abc import Iterable

from posts_project.posts import epochs
from posts_project.posts.models import Post
from posts_project.words import MARKS, SYMBOLS

LONGEST_WORD = 64

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORDS = re.compile(rf"[{_SPACELESS}{SYMBOLS}]|(?:(?![{_SPACELESS}])[\w{MARKS}])+")

# Letters that are taken for others but do not come apart by themselves.
_ALIKE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
# Combining classes: points of Hebrew and Arabic; what stands above and below letters in general.
_POINTS, _ABOVE_AND_BELOW = range(10, 36), 200
_SELECTORS = range(0xFE00, 0xFE10)


def words(text: str) -> list[str]:
    """The words of `text` in their order, as they are compared."""
    return [word[:LONGEST_WORD] for word in _WORDS.findall(folded(text))]


def folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", "".join(char for char in apart if not _is_dropped(char)).translate(_ALIKE))


def of_author(author_id: int) -> str:
    return f"@:{author_id}"


def of_tag(name: str) -> str:
    return f"#:{name}"


def vector(post: Post) -> str:
    """A `tsvector` in PostgreSQL's notation: the words with their places, and beside them, each with a colon, which no
    word has, the post's author, tags and epochs."""
    places: dict[str, list[str]] = {}
    place = 0
    for part in _parts(post):
        for word in words(part):
            place += 1
            places.setdefault(word, []).append(str(place))
        place += 1  # no phrase reaches from one part into the next
    names = [of_author(post.author_id), *epochs.of(post.id), *(of_tag(tag["name"]) for tag in post.tags)]
    return " ".join([*(f"{quoted(word)}:{','.join(at)}" for word, at in places.items()), *map(quoted, names)])


def quoted(lexeme: str) -> str:
    """A lexeme as `tsvector` and `tsquery` are written. There is no quote or backslash in any."""
    return f"'{lexeme}'"


def _parts(post: Post) -> Iterable[str]:
    return post.spoiler_text, post.text, *(post.poll["options"] if post.poll else ())


def _is_dropped(char: str) -> bool:
    combining = unicodedata.combining(char)
    return (
        combining >= _ABOVE_AND_BELOW
        or combining in _POINTS
        or ord(char) in _SELECTORS
        or unicodedata.category(char) == "Cf"
    )
