"""Counting days: every ten minutes today and yesterday, so that a look at the charts reads a hundred rows."""

from datetime import UTC, date, datetime, time, timedelta

from auth_project.figures.models import DailyFigure
from auth_project.figures.series import SERIES, Series
from auth_project.mongodb import find_many, find_one, upsert_one, value_of
from shared.charts import Chart, drawn, last_days

EVERY = timedelta(minutes=10)
MOST = 1_000


def measure(*, now: datetime) -> int:
    """Count today and yesterday, and those of the last thirty days that were never counted; return how many figures.

    Nothing where that was done within ten minutes. May be repeated, and done by several at once.
    """
    days = last_days(now)
    latest = find_one(DailyFigure, match={"_id": _id(SERIES[-1], days[-1])})
    if latest is not None and latest.counted_at > now - EVERY:
        return 0
    counted = {one.pk for one in _kept(days)}
    due = [
        (series, day)
        for series in SERIES
        for place, day in enumerate(reversed(days))
        if place < 2 or (series.tells_past and _id(series, day) not in counted)
    ]
    for series, day in due:
        _measure(series, day, now)
    return len(due)


def charts(*, now: datetime) -> list[Chart]:
    """One for each series, in one query."""
    days = last_days(now)
    return drawn(SERIES, days, _kept(days))


def _kept(days: list[date]) -> list[DailyFigure]:
    bounds = {"$gte": f"{days[0]}", "$lt": f"{days[-1] + timedelta(days=1)}"}
    return find_many(DailyFigure, match={"_id": bounds}, sort="_id", limit=MOST)


def _measure(series: Series, day: date, now: datetime) -> None:
    start, end = (datetime.combine(one, time(), UTC) for one in (day, day + timedelta(days=1)))
    stages = [
        {"$match": series.match(start, end)},
        {"$group": {"_id": None, "value": {"$sum": series.each}}},
    ]
    value = value_of(series.collection, stages)
    # What was counted never falls: a session that was used yesterday and again today is not found at yesterday.
    upsert_one(DailyFigure, key=_id(series, day), update={"$max": {"value": value}, "$set": {"counted_at": now}})


def _id(series: Series, day: date) -> str:
    return f"{day} {series.name}"
