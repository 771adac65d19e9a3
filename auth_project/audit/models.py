"""The audit: what happened to accounts and by whom, only added to, and chained.

Note [What a row is made of]: three parts. `event`, `at` and `by` say what happened, and stay. What it is *about*
(`user_id`, `detail`) and its *source* (`by_id`, `ip`, `user_agent`) name people, and must go with them. So each of the
two is sealed by itself, with a random salt, and the row's `hash` covers the seals, never what is in them: an erasure
takes content and salt away, and the chain is as it was. In their place stands which erasure it was, sealed as well, so
that nobody else can take anything away and call it that.

Note [Sealed a moment later]: a row is written in the transaction of what happened, and has its place in the chain
(`seq`, `previous`, `hash`) from the worker, within about a second. Otherwise all sign-ins would wait for each other at
the end of the chain. Until then a row can be removed without a trace; changed or made up it cannot be, as its parts are
sealed from the beginning.
"""

from django.db import models

from auth_project.acting import LONGEST_USER_AGENT, By
from auth_project.audit.events import Outcome, outcome_of
from shared.snowflakes import new_id

# `<key>.<HMAC-SHA-256>`, in hexadecimal digits.
SEAL_LENGTH = 8 + 1 + 64
SALT_LENGTH = 32


class AuditEntry(models.Model):
    """One row. See Note [What a row is made of] and Note [Sealed a moment later]."""

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    event = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.CharField(max_length=8, choices=By.choices)

    # What it is about: whose account, and flat texts that docs/audit.md lists.
    user_id = models.BigIntegerField("user", null=True)
    detail = models.JSONField(default=dict)
    about_salt = models.CharField(max_length=SALT_LENGTH, blank=True)
    about_seal = models.CharField(max_length=SEAL_LENGTH)
    about_erased_by = models.BigIntegerField(null=True)
    about_erasure_seal = models.CharField(max_length=SEAL_LENGTH, blank=True)

    # Its source: which member of staff or which service, and from where.
    by_id = models.CharField(max_length=32, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)
    source_salt = models.CharField(max_length=SALT_LENGTH, blank=True)
    source_seal = models.CharField(max_length=SEAL_LENGTH)
    source_erased_by = models.BigIntegerField(null=True)
    source_erasure_seal = models.CharField(max_length=SEAL_LENGTH, blank=True)

    # Its place in the chain, empty until it is sealed.
    seq = models.BigIntegerField("number", null=True, unique=True)
    previous = models.CharField(max_length=SEAL_LENGTH, blank=True)
    hash = models.CharField(max_length=SEAL_LENGTH, blank=True)

    class Meta:
        db_table = "audit_entries"
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit"
        indexes = [
            # The unique index is partial: what waits to be sealed is found by this one, in its order.
            models.Index(fields=["seq", "id"], name="audit_seq"),
            models.Index(fields=["user_id", "-id"], name="audit_of_user"),
            models.Index(fields=["user_id", "event", "-id"], name="audit_of_user_by_event"),
            models.Index(fields=["by_id", "-id"], name="audit_by_whom"),
            models.Index(fields=["event", "-id"], name="audit_by_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.event)


class ChainEnd(models.Model):
    """Where the chain begins and where it ends: the last row that was trimmed away, and the last one that is sealed.

    `at` is that before which rows were trimmed, or when the end was sealed.
    """

    class Which(models.TextChoices):
        FIRST = "first"
        LAST = "last"

    id = models.CharField(max_length=5, primary_key=True, db_column="_id", choices=Which.choices)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=SEAL_LENGTH, blank=True)
    at = models.DateTimeField()
    seal = models.CharField(max_length=SEAL_LENGTH)

    class Meta:
        db_table = "audit_ends"

    def __str__(self) -> str:
        return f"{self.id} {self.seq}"
