"""Which events have arrived: an id stands here in the same transaction as its effect, so a second delivery has none.

And how far those of each user did without a gap: see `events.positions`.
"""

from django.db import models
from django.db.models.functions import Now


class InboxEvent(models.Model):
    id = models.TextField(primary_key=True)
    type = models.TextField()
    subject = models.TextField()  # a pseudonym: nobody's id outlives them here
    sequence = models.BigIntegerField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "inbox_event"
        indexes = [models.Index(fields=["received_at"], name="inbox_event_received")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class EventPosition(models.Model):
    """Of the events about `subject` all up to `sequence` have arrived. `is_behind`: one beyond that has, and those
    between are going to be asked for."""

    subject = models.TextField(primary_key=True)
    sequence = models.BigIntegerField()
    is_behind = models.BooleanField(default=False)

    class Meta:
        db_table = "event_position"

    def __str__(self) -> str:
        return f"{self.subject} up to {self.sequence}"
