"""Events waiting for, or taken by, the other service, and those that came from it."""

from django.db import models
from django.utils import timezone

from shared.events import Event
from shared.snowflakes import new_id

SOURCE = "auth"


class InboxEvent(models.Model):
    """An event of Posts that has arrived: its id stands here with its effect, so a second delivery has none."""

    id = models.CharField(max_length=64, primary_key=True, db_column="_id")
    type = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "inbox_events"
        indexes = [models.Index(fields=["received_at"], name="inbox_received_at")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class OutboxEvent(models.Model):
    """One event, from the transaction that recorded it until some days after Posts took it.

    pending → delivered, or → dead: refused for good, or not taken for a day since it was recorded or, where somebody
    asked for it anew, since then (`asked_again_at`). While a worker sends it, `due_at` is the
    end of that worker's lease: if the worker dies, the event is due again by itself.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    type = models.CharField(max_length=64)
    user_id = models.BigIntegerField("user")
    sequence = models.BigIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.IntegerField(default=0)
    worker = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    delivered_at = models.DateTimeField(null=True)
    asked_again_at = models.DateTimeField(null=True)
    traceparent = models.CharField(max_length=55, blank=True, null=True)  # of the request that recorded it

    class Meta:
        db_table = "outbox"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "due_at"], name="outbox_due"),
            models.Index(fields=["user_id"], name="outbox_user_id"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    def envelope(self) -> Event:
        """The event as it travels."""
        return Event(
            id=str(self.pk),
            type=self.type,
            source=SOURCE,
            subject=str(self.user_id),
            sequence=self.sequence,
            time=self.created_at,
            data=self.data,
        )
