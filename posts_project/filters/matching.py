"""Finding a phrase in a text: literally, in any case, and as a whole word where that is asked.

Note [Marked texts]: phrases are somebody's input, so they are searched for, never compiled: a hundred of them as one
regular expression can take PostgreSQL seconds and gigabytes. Instead every character of a text that belongs to no word
is put between two marks, which no text can hold itself, and so is the text as a whole. "Hi, you" is, with `(` and `)`
for the marks, `)hi(,)( )you(`. A phrase marked in the same way is found where the phrase stands; with a mark of its own
at either end, which is one of a neighbour that belongs to no word, it is found where it stands as a word.
"""

from posts_project import sql
from posts_project.words import MARKS

_BEFORE, _AFTER = "chr(2)", "chr(1)"


def searchable(text: str) -> str:
    """The SQL expression of `text`, an expression too, in which a `pattern` is found by `strpos`."""
    return f"{_AFTER} || {_marked(text)} || {_BEFORE}"


def pattern(phrase: str, *, whole_word: bool) -> str:
    """What to look for in a searchable text: made by the database, so that both know the same letters."""
    wanted = searchable("%(phrase)s::text") if whole_word else _marked("%(phrase)s::text")
    return str(sql.rows(f"SELECT {wanted}", {"phrase": phrase})[0][0])


def _marked(text: str) -> str:
    return rf"regexp_replace(lower({text}), '([^\w{MARKS}])', {_BEFORE} || '\1' || {_AFTER}, 'g')"
