from django.db import models


class Answer(models.Model):
    """A call with an Idempotency-Key, and what it was answered; `status` is empty while the first one is at work.

    `claim` is that worker's; it is void after `claimed_until`. The body is encrypted, as it may carry tokens.
    """

    id = models.CharField(max_length=300, primary_key=True, db_column="_id")
    fingerprint = models.CharField(max_length=64)
    claim = models.CharField(max_length=32)
    claimed_until = models.DateTimeField()
    status = models.IntegerField(null=True)
    sealed = models.BinaryField(default=b"")
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_answers"
        indexes = [models.Index(fields=["expires_at"], name="answers_expires_at")]

    def __str__(self) -> str:
        return f"{self.status or 'at work'}"
