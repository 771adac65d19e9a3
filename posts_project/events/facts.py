"""What happens to the inbox itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class EventsMissed:
    """An event of that user came, and others before it have not."""

    type: ClassVar[str] = "events.missed"
    user_id: int
    noticed_at: datetime
