"""Tags that somebody follows: public posts with them come to their home timeline (`feeds.home`)."""

from django.db import models

from posts_project.posts.text import MAX_TAG
from posts_project.profiles.models import Profile


class TagFollow(models.Model):
    """`name` is folded as in `PostTag`. `since` is a snowflake: the order of the list."""

    pk = models.CompositePrimaryKey("profile_id", "name")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_TAG)
    since = models.BigIntegerField()

    class Meta:
        db_table = "tag_follow"

    def __str__(self) -> str:
        return f"#{self.name} by {self.profile_id}"
