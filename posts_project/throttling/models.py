from django.db import models


class Counter(models.Model):
    """How often something happened in the window that ends at `expires_at`. The id tells nobody what it was, nor who.

    The table is unlogged: a count is written without waiting for the disk, and one lost with the server costs nothing.
    It is filled half, and `hits` is in no index, so that counting on stays within a row's own page.
    """

    id = models.UUIDField(primary_key=True)
    hits = models.BigIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "rate_counter"
        indexes = [models.Index(fields=["expires_at"], name="rate_counter_expires_at")]

    def __str__(self) -> str:
        return f"{self.hits} until {self.expires_at}"
