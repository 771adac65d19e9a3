"""What people are told of, grouped by kind and post, and what they want to be told of.

Note [Groups]: fifty people who like one post are one notification with fifty events. The group's row is written once
and never changed, so a hot post makes no hot row: whoever comes first opens the group, all others add an event of their
own. A group stays where it was opened, so that pages do not shift; it takes no more once it has been read, or after a
day, and then the next event opens another one at the top. `after_id` names the group before it: of two who open one at
the same time one is refused by the unique key, and joins the other.

Note [What is told is a claim]: rows say that something happened. Whether it still stands (the like is there, the post
may be read, nobody is blocked or muted) is asked when notifications are read, so nothing has to be taken back when it
ends, and nothing is shown that ended a moment ago.

No foreign keys: those who like one post at once would all lock its author's profile. Rows that lead nowhere are shown
nowhere; they go with the post, with the person, or when they are old.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

# How long a group takes in more. See Note [Groups].
OPEN_MILLISECONDS = 24 * 3600 * 1000


class Kind(models.TextChoices):
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    LIKE = "like"
    REPOST = "repost"
    REPLY = "reply"
    MENTION = "mention"
    QUOTE = "quote"
    POLL_CLOSED = "poll_closed"
    MODERATION = "moderation"


class Notification(models.Model):
    """A group: `id`, a snowflake, is when it was opened, and its place. `post_id` 0: it is about no post."""

    id = models.BigIntegerField(primary_key=True)
    profile_id = models.BigIntegerField()
    kind = models.CharField(max_length=14, choices=Kind)
    post_id = models.BigIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)

    class Meta:
        db_table = "notification"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_known"),
            models.UniqueConstraint(fields=["profile_id", "kind", "post_id", "after_id"], name="notification_once"),
        ]
        indexes = [
            models.Index(fields=["profile_id", "id"], name="notification_of_profile"),
            models.Index(fields=["post_id"], condition=Q(post_id__gt=0), name="notification_of_post"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.profile_id}"


class NotificationEvent(models.Model):
    """What `actor_id` did (0: nobody in particular), once in a group; `at` is a snowflake."""

    pk = models.CompositePrimaryKey("notification_id", "actor_id")
    notification_id = models.BigIntegerField()
    actor_id = models.BigIntegerField(default=0)
    at = models.BigIntegerField()

    class Meta:
        db_table = "notification_event"
        indexes = [
            models.Index(fields=["notification_id", "at"], name="notification_event_newest"),
            models.Index(fields=["actor_id"], condition=Q(actor_id__gt=0), name="notification_event_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} in {self.notification_id}"


class NotificationSettings(models.Model):
    """How far somebody has read, and of which kinds they want to hear nothing (`off`). No row: nothing, and none."""

    profile_id = models.BigIntegerField(primary_key=True)
    read_up_to = models.BigIntegerField(default=0, db_default=0)
    off = ArrayField(models.CharField(max_length=14), default=list, db_default=[])

    class Meta:
        db_table = "notification_settings"

    def __str__(self) -> str:
        return f"{self.profile_id} up to {self.read_up_to}"
