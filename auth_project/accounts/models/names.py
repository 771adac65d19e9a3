"""Usernames that are not free although no user has them."""

from django.db import models
from django.utils import timezone

from shared.snowflakes import new_id


class RetiredName(models.Model):
    """A username that somebody had, and nobody ever gets again: links and mentions must not come to mean another.

    The id is a keyed hash of the name, so that of those who were erased not even the name remains.
    """

    id = models.CharField(max_length=64, primary_key=True, db_column="_id")
    retired_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "retired_names"

    def __str__(self) -> str:
        return self.id[:8]


class PendingRegistration(models.Model):
    """Somebody who wants an account, until the address is proved to be theirs: see Note [Nobody learns of others]."""

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    username_ci = models.CharField(max_length=30, unique=True)
    email = models.EmailField(max_length=254)
    email_ci = models.CharField(max_length=254)
    display_name = models.CharField(max_length=50)
    password = models.CharField(max_length=128)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "pending_registrations"
        indexes = [
            # As with users: MongoDB does not use the partial index of `unique` for look-ups.
            models.Index(fields=["username_ci"], name="pending_username_ci"),
            models.Index(fields=["expires_at"], name="pending_expires_at"),
        ]

    def __str__(self) -> str:
        return f"pending registration {self.pk}"
