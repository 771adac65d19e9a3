"""Taking one's data along, and leaving for good."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from shared.snowflakes import new_id


class Export(models.Model):
    """An archive of all that is kept of a user: asked for, made by the worker, there for a day.

    While a worker makes it, `due_at` is the end of that worker's lease.
    """

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)  # empty once it is ready
    file = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exports"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="exports_due_at"),
            models.Index(fields=["expires_at"], name="exports_expires_at"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def is_ready(self) -> bool:
        return bool(self.file)


class Erasure(models.Model):
    """That somebody wants to be erased, and when it was done in both services: times, and nothing of the person.

    Whoever asked follows it by `public_id`, which nobody can guess. Once Posts has done its part, `user_id` is emptied
    and `receipt` proves it; by `subject_hash` the same id is known again, where a backup brings it back.
    """

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    public_id = models.CharField(max_length=43, null=True)  # empty in those of before there was one
    user_id = models.BigIntegerField("user", null=True)
    requested_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)
    receipt = models.TextField(null=True)
    subject_hash = models.CharField(max_length=64, null=True)

    class Meta:
        db_table = "erasures"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["public_id"], name="erasures_public_id"),
            models.Index(fields=["user_id"], name="erasures_user_id"),
            models.Index(fields=["subject_hash"], name="erasures_subject_hash"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class StaleFile(models.Model):
    """A stored file that nothing refers to any more. The worker deletes it: a file cannot be part of a transaction."""

    id = models.CharField(max_length=100, primary_key=True, db_column="_id")
    stale_since = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "stale_files"
        indexes = [models.Index(fields=["stale_since"], name="stale_files_stale_since")]

    def __str__(self) -> str:
        return self.id
