"""Who follows whom, who has asked to, and who wants nothing of whom."""

from django.db import models
from django.db.models import F, Q

from posts_project.profiles.models import Profile


class Follow(models.Model):
    """`follower` sees `followee`'s posts at home. `since` is a snowflake: when it began, and the order of lists.

    `pull` mirrors the followee's `is_pulled`, so that the home timeline finds those authors in one small index.
    """

    pk = models.CompositePrimaryKey("follower_id", "followee_id")
    follower = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    followee = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    since = models.BigIntegerField()
    pull = models.BooleanField(default=False)

    class Meta:
        db_table = "follow"
        constraints = [models.CheckConstraint(condition=~Q(follower=F("followee")), name="follow_no_self")]
        indexes = [
            models.Index(fields=["followee", "follower"], name="follow_followers"),
            models.Index(fields=["followee", "since"], name="follow_newest_followers"),
            models.Index(fields=["follower", "since"], name="follow_newest_followees"),
            models.Index(fields=["follower", "followee"], condition=Q(pull=True), name="follow_pulled"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followee_id}"


class FollowRequest(models.Model):
    """A private profile decides; accepting turns the request into a `Follow`."""

    pk = models.CompositePrimaryKey("follower_id", "followee_id")
    follower = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    followee = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    since = models.BigIntegerField()

    class Meta:
        db_table = "follow_request"
        constraints = [models.CheckConstraint(condition=~Q(follower=F("followee")), name="follow_request_no_self")]
        indexes = [models.Index(fields=["followee", "since"], name="follow_request_newest")]

    def __str__(self) -> str:
        return f"{self.follower_id} asks {self.followee_id}"


class Block(models.Model):
    """`profile` and `other` are absent for each other.

    Every block stands twice, seen from each side, so that one probe tells; `blocks` says whether it is `profile` who
    wants it. `since` is a snowflake: the order of lists.
    """

    pk = models.CompositePrimaryKey("profile_id", "other_id")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    blocks = models.BooleanField()
    since = models.BigIntegerField()

    class Meta:
        db_table = "block"
        constraints = [models.CheckConstraint(condition=~Q(profile=F("other")), name="block_no_self")]
        indexes = [
            models.Index(fields=["profile", "since"], condition=Q(blocks=True), name="block_newest"),
            models.Index(fields=["other"], name="block_of_other"),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} | {self.other_id}"


class Mute(models.Model):
    """`profile` hears nothing of `other` in timelines and notifications, until `expires_at` where there is one."""

    pk = models.CompositePrimaryKey("profile_id", "other_id")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    since = models.BigIntegerField()

    class Meta:
        db_table = "mute"
        constraints = [models.CheckConstraint(condition=~Q(profile=F("other")), name="mute_no_self")]
        indexes = [
            models.Index(fields=["profile", "since"], name="mute_newest"),
            models.Index(fields=["other"], name="mute_of_other"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="mute_expires_at"),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} mutes {self.other_id}"
