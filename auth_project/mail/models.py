"""Mails that wait to be sent."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from shared.snowflakes import new_id


class Mail(models.Model):
    """One mail, from the transaction that asked for it until it was handed to the mail server, when it is deleted.

    Nothing secret stands in it: links with tokens are made when the mail leaves. While a worker sends it, `due_at` is
    the end of that worker's lease. Who is erased takes their waiting mails along.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DEAD = "dead"  # not taken for a day, or refused for good

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    to = models.EmailField(max_length=254)
    template = models.CharField(max_length=40)
    context = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.IntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "mails"
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "due_at"], name="mails_due")]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"
