from django.db import models


class Counter(models.Model):
    """How often something happened in the window that ends at `expires_at`. The key tells nobody what it was."""

    id = models.CharField(max_length=120, primary_key=True, db_column="_id")
    hits = models.BigIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "counters"
        indexes = [models.Index(fields=["expires_at"], name="counters_expires_at")]

    def __str__(self) -> str:
        return f"{self.hits} until {self.expires_at}"
