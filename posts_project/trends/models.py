"""What is talked about just now, and what moderators do not want to see there."""

from django.db import models
from django.db.models.functions import Now

from posts_project.posts.text import MAX_TAG


class Trend(models.Model):
    """A tag's place in one computation. `run` is a snowflake, when that was; `place` counts from 1. Those of an hour
    are kept, so that whoever turns pages goes on in the one in which they began.

    `posts` and `authors` are counted over the last two days.
    """

    pk = models.CompositePrimaryKey("run", "place")
    run = models.BigIntegerField()
    place = models.SmallIntegerField()
    name = models.CharField(max_length=MAX_TAG)
    posts = models.IntegerField()
    authors = models.IntegerField()

    class Meta:
        db_table = "trend"

    def __str__(self) -> str:
        return f"{self.place}. #{self.name}"


class WithheldTag(models.Model):
    """A tag that is no trend and is not offered by search; its posts and its timeline are as they were."""

    name = models.CharField(max_length=MAX_TAG, primary_key=True)
    withheld_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "withheld_tag"

    def __str__(self) -> str:
        return f"#{self.name}"
