"""Charts of days for the first page of an admin site: numbers for an SVG that the server draws, with no script and
nothing from elsewhere. The template is `staff/charts.html`, which wants them as `charts`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

TEMPLATE = "staff/charts.html"
DAYS = 30
WIDTH, HEIGHT = 600, 120
GAP = 4


class Series(Protocol):
    """What is counted of each day.

    `adds_up`: whether the sum of days says anything: one person is active on many.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def adds_up(self) -> bool: ...


class Figure(Protocol):
    """What was counted of one day, and when; `name` is that of a series."""

    @property
    def name(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def value(self) -> int: ...
    @property
    def counted_at(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True)
class Bar:
    """`value` is None where the day was not counted."""

    day: date
    value: int | None
    x: int
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`counted_at` is when a day of it was counted last; None where none ever was."""

    series: Series
    bars: list[Bar]
    highest: int
    counted_at: datetime | None
    width: int = WIDTH
    height: int = HEIGHT
    bar_width: int = 0

    @property
    def total(self) -> int:
        return sum(bar.value or 0 for bar in self.bars)


def last_days(now: datetime) -> list[date]:
    """The last thirty, today at the end; of UTC."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def drawn(every: Iterable[Series], days: Sequence[date], figures: Iterable[Figure]) -> list[Chart]:
    """One for each series, in their order; figures of other series and days are passed over."""
    counted = {(figure.name, figure.day): figure for figure in figures}
    return [_chart(series, days, [counted.get((series.name, day)) for day in days]) for series in every]


def _chart(series: Series, days: Sequence[date], found: Sequence[Figure | None]) -> Chart:
    known = [None if figure is None else figure.value for figure in found]
    highest = max((value for value in known if value is not None), default=0)
    step = WIDTH // len(days)
    bars = []
    for place, (day, value) in enumerate(zip(days, known, strict=True)):
        height = round(HEIGHT * (value or 0) / highest, 1) if highest else 0.0
        bars.append(Bar(day=day, value=value, x=place * step, y=HEIGHT - height, height=height))
    counted_at = max((figure.counted_at for figure in found if figure), default=None)
    return Chart(series=series, bars=bars, highest=highest, counted_at=counted_at, bar_width=step - GAP)
