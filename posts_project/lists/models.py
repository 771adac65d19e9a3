"""Lists of people, each with a timeline of its own (`feeds.lists`); only their owner knows of them."""

from django.db import models

from posts_project.profiles.models import Profile

MAX_NAME = 100


class FeedList(models.Model):
    id = models.BigIntegerField(primary_key=True)
    owner = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_NAME)

    class Meta:
        db_table = "feed_list"
        indexes = [models.Index(fields=["owner", "id"], name="feed_list_of_owner")]

    def __str__(self) -> str:
        return f"{self.name!r} of {self.owner_id}"


class ListMember(models.Model):
    """`profile` need not be followed, nor know. `since` is a snowflake: the order of lists."""

    pk = models.CompositePrimaryKey("feed_list_id", "profile_id")
    feed_list = models.ForeignKey(FeedList, models.CASCADE, related_name="members", db_index=False)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+")
    since = models.BigIntegerField()

    class Meta:
        db_table = "list_member"
        indexes = [models.Index(fields=["feed_list", "since"], name="list_member_newest")]

    def __str__(self) -> str:
        return f"{self.profile_id} in {self.feed_list_id}"
