"""What must be known of tokens besides what they say: which ended before their time, and the keys to judge them by.

Revocations matter for as long as an access token can live; `recorded_at` is the database's clock, so that every process
can ask for what is new (see `revocations.live`).
"""

from django.db import models
from django.db.models.functions import Now


class RevokedSession(models.Model):
    session_id = models.TextField(primary_key=True)
    until = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "revoked_session"
        indexes = [models.Index(fields=["recorded_at"], name="revoked_session_recorded")]

    def __str__(self) -> str:
        return self.session_id


class TokensEnded(models.Model):
    """Tokens of `user_id` issued before `valid_after` are refused."""

    user_id = models.BigIntegerField(primary_key=True)
    valid_after = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "tokens_ended"
        verbose_name_plural = "tokens ended"
        indexes = [models.Index(fields=["recorded_at"], name="tokens_ended_recorded")]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.valid_after}"


class RevokedKey(models.Model):
    """A key of Auth's that has leaked. It stays: whoever has it can sign what looks new."""

    kid = models.TextField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "revoked_key"
        indexes = [models.Index(fields=["recorded_at"], name="revoked_key_recorded")]

    def __str__(self) -> str:
        return self.kid


class PublishedKeys(models.Model):
    """The one JWK set that Auth published last. See `revocations.keys`."""

    id = models.SmallIntegerField(primary_key=True)
    document = models.JSONField()
    fetched_at = models.DateTimeField()

    class Meta:
        db_table = "published_keys"
        verbose_name_plural = "published keys"

    def __str__(self) -> str:
        return f"as of {self.fetched_at}"
