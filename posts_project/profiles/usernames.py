"""Usernames as both services compare them."""

import re
import unicodedata

PATTERN = re.compile(r"[a-z0-9_]{3,30}")


def normalised(text: str) -> str | None:
    """`text` after NFKC and casefold; None where no user can have that name."""
    name = unicodedata.normalize("NFKC", text).casefold()
    return name if PATTERN.fullmatch(name) else None
