"""A session: one sign-in on one device, with the family of refresh tokens that keeps it alive; and the second factor
that a sign-in may ask for."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import ArrayField

MOST_SESSIONS = 50
IDLE_LIMIT = timedelta(days=14)
ABSOLUTE_LIMIT = timedelta(days=90)


class Session(models.Model):
    """Its id is the tokens' `sid`. Of the refresh tokens only hashes are kept: of the one that is good now, and of its
    parent, which is answered with the same successor for a moment after it was used."""

    class EndReason(models.TextChoices):
        LOGOUT = "logout"
        TOKEN_REUSED = "token_reused"  # noqa: S105
        BY_USER = "by_user"  # from another session
        PASSWORD_CHANGED = "password_changed"  # noqa: S105
        TOO_MANY = "too_many"
        STAFF = "staff"
        BY_SERVICE = "by_service"  # of others, to whom a token of it had come

    id = models.CharField(max_length=22, primary_key=True, db_column="_id")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=256, blank=True)
    generation = models.BigIntegerField(default=0)
    token_hash = models.CharField(max_length=64)
    parent_hash = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True)

    class Meta:
        db_table = "sessions"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["expires_at"], name="sessions_expires_at"),
            models.Index(fields=["user", "ended_at", "-created_at"], name="sessions_of_user"),
            models.Index(fields=["last_used_at"], name="sessions_last_used_at"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    def has_expired(self, *, now: datetime) -> bool:
        """Unused for too long, or simply too old."""
        return now >= min(self.expires_at, self.last_used_at + IDLE_LIMIT)


class SecondFactor(models.Model):
    """A user's one-time codes: begun with `enrolled_at`, asked for from `confirmed_at` on.

    `last_step` is the time step of the last code that was used: it and those before it are used up. A recovery code is
    used up by taking its hash out.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        db_column="_id",
        related_name="second_factor",
    )
    sealed_secret = models.BinaryField()
    enrolled_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    salt = models.BinaryField(default=b"")
    recovery_hashes = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        db_table = "second_factors"

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"
