"""What a word is made of, beside letters and digits: combining marks, without which many scripts' words fall apart."""

import itertools
import unicodedata
from collections.abc import Iterator

# No letters beyond: what follows is for private use, for tags and for selectors.
_END = 0x40000

# Variation selectors choose how the character before them looks, emoji above all ("❤️"), and make no word.
_SELECTORS = range(0xFE00, 0xFE10)


def _classes() -> dict[str, str]:
    """Category → its characters, for a class in a regular expression, which knows nothing of categories."""
    ranges: dict[str, list[str]] = {}
    for category, run in itertools.groupby(range(0x80, _END), key=lambda point: unicodedata.category(chr(point))):
        ranges.setdefault(category, []).append(_range(run))
    return {category: "".join(found) for category, found in ranges.items()}


def _range(run: Iterator[int]) -> str:
    points = [point for point in run if point not in _SELECTORS]
    return f"{chr(points[0])}-{chr(points[-1])}" if points else ""


_CLASSES = _classes()

# Marks that enclose what they stand on ("#️⃣") make signs of it, not words.
MARKS = _CLASSES["Mn"] + _CLASSES["Mc"]

# Letters that are neither capital nor small: of scripts that mostly put no space beside a Latin name ("@adaさん").
CASELESS = _CLASSES["Lo"]

# Signs that stand for things, emoji above all.
SYMBOLS = _CLASSES["So"]
