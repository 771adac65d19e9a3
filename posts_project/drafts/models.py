"""Posts that are not out yet: drafts, and those that go out at a time of their own.

Nobody but their author reads them: there is no page for staff. What they say is `drafts.unpublished`'s to understand.
"""

from django.db import models
from django.db.models import Q

from posts_project.profiles.models import Profile


class Draft(models.Model):
    id = models.BigIntegerField(primary_key=True)
    author = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    post = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "draft"
        indexes = [models.Index(fields=["author", "id"], name="draft_of_author")]

    def __str__(self) -> str:
        return f"{self.id} by {self.author_id}"


class ScheduledPost(models.Model):
    """Goes out at `scheduled_at`, and is gone then. See Note [Schedules] in `drafts.services.sending`.

    `failure` tells why it did not, in the words of a problem: it stays then until its author moves or deletes it.
    """

    id = models.BigIntegerField(primary_key=True)
    author = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    post = models.JSONField()
    scheduled_at = models.DateTimeField()
    failure = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "scheduled_post"
        indexes = [
            models.Index(fields=["author", "id"], name="scheduled_post_of_author"),
            models.Index(fields=["scheduled_at"], condition=Q(failure__isnull=True), name="scheduled_post_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} by {self.author_id} at {self.scheduled_at:%Y-%m-%d %H:%M:%S}"
