"""What a poll asks, and when it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.wire import timestamp

FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
MAX_OPTION = 80
SHORTEST_SECONDS, LONGEST_SECONDS = 300, 2_592_000

# For a statement in which `p` is a row of post. By the database's clock, as that is where votes are cast.
IS_OVER = "(p.poll ->> 'expires_at')::timestamptz <= now()"


@dataclass(frozen=True, kw_only=True)
class Question:
    """`expires_in` is in seconds from when the post is published."""

    options: list[str]
    expires_in: int
    multiple: bool = False

    def expires_at(self, *, asked_at: datetime) -> datetime:
        return asked_at + timedelta(seconds=self.expires_in)

    def stored(self, *, asked_at: datetime) -> dict[str, Any]:
        """As `Post.poll` has it."""
        expires_at = timestamp(self.expires_at(asked_at=asked_at))
        return {"options": self.options, "multiple": self.multiple, "expires_at": expires_at}
