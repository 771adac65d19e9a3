"""Home timelines as they are kept: for each owner what those they follow wrote and reposted, the newest some 800.

Note [Coverage of a timeline]: `timeline` holds every entry of an owner's fanned-out authors from `TimelineOwner.floor`
upward; authors past the follower threshold (`follow.pull`) are merged at read from `pulled`, which holds every entry of
all of them in order of time, and below the floor the two-stage query (newest entry of each followee, then the best of
those authors) serves. An owner without a row has no timeline: all is served by the two-stage query, and a visit brings
the row back (`feeds.services.owners`).
No foreign keys to posts: a deleted post or repost leaves rows that join nothing and are trimmed away.

An entry is a post by its author, or a repost; the view `entry` (of `posts`) has all there are.
"""

from django.db import models


class TimelineEntry(models.Model):
    """`by_id` brought `post_id` to the owner, as its author or a reposter; `at`, a snowflake, is its place in time."""

    pk = models.CompositePrimaryKey("owner_id", "at")
    owner_id = models.BigIntegerField()
    at = models.BigIntegerField()
    post_id = models.BigIntegerField()
    by_id = models.BigIntegerField()

    class Meta:
        db_table = "timeline"

    def __str__(self) -> str:
        return f"{self.post_id} at {self.owner_id}'s"


class PulledEntry(models.Model):
    """An entry of an author who is merged at read, of whatever age: see Note [Coverage of a timeline]."""

    pk = models.CompositePrimaryKey("by_id", "at")
    by_id = models.BigIntegerField()
    at = models.BigIntegerField()
    post_id = models.BigIntegerField()

    class Meta:
        db_table = "pulled"
        indexes = [models.Index(fields=["at"], include=["by_id", "post_id"], name="pulled_in_time")]

    def __str__(self) -> str:
        return f"{self.post_id} by {self.by_id}"


class TimelineOwner(models.Model):
    """Who has a timeline. `opened_in` is the transaction that created the row: a timeline may be filled only when every
    transaction that could have missed the row has ended."""

    owner_id = models.BigIntegerField(primary_key=True)
    floor = models.BigIntegerField()
    opened_in = models.BigIntegerField()
    last_seen_at = models.DateTimeField()

    class Meta:
        db_table = "timeline_owner"
        indexes = [models.Index(fields=["last_seen_at"], name="timeline_owner_last_seen")]

    def __str__(self) -> str:
        return str(self.owner_id)
