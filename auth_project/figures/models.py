"""How much happened on each day, for the first page of the admin site."""

from datetime import date, datetime

from django.db import models


class DailyFigure(models.Model):
    """Its id is the day, of UTC, and the name of one of `figures.series`: `2026-11-27 sign_ins`."""

    id = models.CharField(max_length=50, primary_key=True, db_column="_id")
    value = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "daily_figures"

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        return self.id.partition(" ")[2]

    @property
    def day(self) -> date:
        return datetime.strptime(self.id.partition(" ")[0], "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
