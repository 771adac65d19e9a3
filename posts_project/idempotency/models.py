from django.db import models


class Answer(models.Model):
    """What a call with an Idempotency-Key was answered. `actor` is a user's id, or 0."""

    pk = models.CompositePrimaryKey("actor", "key")
    actor = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_answer"
        indexes = [models.Index(fields=["expires_at"], name="idempotent_answer_expires_at")]

    def __str__(self) -> str:
        return f"{self.status} for {self.actor}"
