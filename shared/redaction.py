"""What stands in logs in the place of people: a keyed hash for an id, and nothing for a name or an address.

Logs are kept and copied where no erasure reaches. So nobody can be found in them by what they were called: only who
has the key and still knows the id can tell which lines were theirs, and once they are erased nobody knows it.

Note [Whatever looks like a person]: a field that somebody adds without a thought of this must not undo it. So every
number as long as an id is replaced wherever it stands, in texts and tracebacks too, unless its field's name says that
it is the id of something else.
"""

import hashlib
import hmac
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

# People, whatever their ids look like.
_PEOPLE = frozenset({"user_id", "profile_id", "author_id", "owner_id", "by", "subject"})

# Ids of other things, by which lines are put together.
_OTHER_IDS = frozenset(
    {
        "request_id",
        "trace_id",
        "event_id",
        "mail_id",
        "job_id",
        "export_id",
        "erasure_id",
        "scheduled_id",
        "timestamp",
        "audit_head",
    }
)

# A snowflake has 18 or 19 digits; those of the first months of an epoch fewer.
_SHORTEST_ID = 15
_ID = re.compile(rf"[0-9]{{{_SHORTEST_ID},}}")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")

# Databases repeat in their errors the values that they refuse; the next exception of a chain begins after a blank line.
_REFUSED_VALUES = re.compile(r"(DETAIL:|dup key:).*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL)


class Pseudonyms:
    """Pseudonyms under one key; two services with the same key call a person alike.

    :param key: at least 32 characters that nobody else knows: without it ids could be tried one after the other.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self.of = lru_cache(maxsize=10_000)(self._of)

    def in_field(self, name: str, value: Any) -> Any:
        """What a log may say instead of `value` in the field of that name; most values stay as they are."""
        if name in _OTHER_IDS or value is None:
            return value
        return self.of(str(value)) if name in _PEOPLE else self._shown(value)

    def in_text(self, text: str) -> str:
        """`text` without addresses, without what a database refused, with pseudonyms in the place of ids."""
        # Looking for a word costs a tenth of matching an expression, and hardly any line has one.
        if "@" in text:
            text = _ADDRESS.sub("[address]", text)
        if "DETAIL:" in text or "dup key:" in text:
            text = _REFUSED_VALUES.sub(r"\1 [removed]", text)
        return _ID.sub(lambda found: self.of(found.group()), text) if len(text) >= _SHORTEST_ID else text

    def _shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, bool | float | datetime):
            return value
        if isinstance(value, int):
            return value if abs(value) < 10 ** (_SHORTEST_ID - 1) else self.of(str(value))
        if isinstance(value, list | tuple | set | frozenset):
            return [self._shown(one) for one in value]
        if isinstance(value, dict):
            return {self._shown(name): self.in_field(str(name), one) for name, one in value.items()}
        return self.in_text(str(value))

    def _of(self, person_id: str) -> str:
        return "p-" + hmac.new(self._key, b"in logs " + person_id.encode(), hashlib.sha256).hexdigest()[:16]
