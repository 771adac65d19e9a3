"""Counting days. Every ten minutes for today and yesterday, so that a look at the charts reads ninety rows."""

from datetime import UTC, date, datetime, time, timedelta

from posts_project import sql
from posts_project.figures.models import DailyFigure
from posts_project.figures.series import SERIES, Series
from shared.charts import Chart, drawn, last_days
from shared.snowflakes import least_id_at

# What was counted never falls: who came by yesterday and again today is no longer found at yesterday.
_KEEP = """
    INSERT INTO daily_figure (day, name, value, counted_at) VALUES (%(day)s, %(name)s, %(value)s, %(now)s)
    ON CONFLICT (day, name) DO UPDATE SET
        value = greatest(daily_figure.value, excluded.value), counted_at = excluded.counted_at
"""


def measure(*, now: datetime) -> None:
    """Count today and yesterday, and those of the last thirty days that were never counted; may be repeated."""
    days = last_days(now)
    for series in SERIES:
        counted = set(DailyFigure.objects.filter(name=series.name, day__gte=days[0]).values_list("day", flat=True))
        for place, day in enumerate(reversed(days)):
            if place < 2 or (series.tells_past and day not in counted):
                _measure(series, day, now)


def charts(*, now: datetime) -> list[Chart]:
    """One for each series, in one query."""
    days = last_days(now)
    return drawn(SERIES, days, DailyFigure.objects.filter(day__gte=days[0], day__lte=days[-1]))


def _measure(series: Series, day: date, now: datetime) -> None:
    start, end = (datetime.combine(one, time(), UTC) for one in (day, day + timedelta(days=1)))
    bounds = {"start": start, "end": end, "low": least_id_at(start), "high": least_id_at(end)}
    (value,) = sql.rows(series.count, bounds)[0]
    sql.execute(_KEEP, {"day": day, "name": series.name, "value": value, "now": now})
