"""How much happened on each day, for the first page of the admin site."""

from django.db import models
from django.db.models.functions import Now


class DailyFigure(models.Model):
    """`name` is one of `figures.series`; `day` is one of UTC."""

    pk = models.CompositePrimaryKey("day", "name")
    day = models.DateField()
    name = models.CharField(max_length=30)
    value = models.BigIntegerField()
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "daily_figure"

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"
