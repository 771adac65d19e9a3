"""A counter store in memory, as the services' own are on their databases."""

from datetime import datetime, timedelta

from shared.rate_limits import Count


class MemoryCounters:
    def __init__(self) -> None:
        self.windows: dict[str, tuple[int, datetime]] = {}

    def hit(self, key: str, *, window_seconds: int, now: datetime) -> Count:
        hits, ends_at = self.windows.get(key, (0, now))
        if ends_at <= now:
            hits, ends_at = 0, now + timedelta(seconds=window_seconds)
        self.windows[key] = (hits + 1, ends_at)
        return Count(hits=hits + 1, resets_in=(ends_at - now).total_seconds())


store = MemoryCounters()
