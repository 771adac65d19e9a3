"""What kinds of imported password hashes there still are."""

from django.db import models
from django.utils import timezone


class ForeignHashes(models.Model):
    """One document, counted once a day while anybody has such a hash: see Note [Nobody's hash].

    `kinds` has `{"figures", "users"}` each; `users` counts everybody, with whatever hash.
    """

    ONLY = 1

    id = models.IntegerField(primary_key=True, db_column="_id")
    users = models.BigIntegerField()
    kinds = models.JSONField()
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "foreign_hashes"

    def __str__(self) -> str:
        return f"{len(self.kinds)} kinds"
