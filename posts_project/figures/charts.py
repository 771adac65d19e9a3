"""Bars for each day of a series, as numbers for an SVG that the server draws: no script, nothing from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from posts_project.figures.models import DailyFigure
from posts_project.figures.series import SERIES, Series

WIDTH, HEIGHT = 600, 120
GAP = 4


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
    series: Series
    bars: list[Bar]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT
    bar_width: int = 0

    @property
    def total(self) -> int:
        return sum(bar.value or 0 for bar in self.bars)


def charts(days: Sequence[date]) -> list[Chart]:
    """One for each series, in one query."""
    found = DailyFigure.objects.filter(day__gte=days[0], day__lte=days[-1])
    values = {(row.name, row.day): row.value for row in found}
    return [_chart(series, days, values) for series in SERIES]


def _chart(series: Series, days: Sequence[date], values: dict[Any, int]) -> Chart:
    known = [values.get((series.name, day)) for day in days]
    highest = max((value for value in known if value is not None), default=0)
    step = WIDTH // len(days)
    bars = []
    for place, (day, value) in enumerate(zip(days, known, strict=True)):
        height = round(HEIGHT * (value or 0) / highest, 1) if highest else 0.0
        bars.append(Bar(day=day, value=value, x=place * step, y=HEIGHT - height, height=height))
    return Chart(series=series, bars=bars, highest=highest, bar_width=step - GAP)
