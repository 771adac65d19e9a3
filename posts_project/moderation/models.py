"""What was reported, what moderators decided of it, and who asked them to think again.

A *case* gathers the reports of one post or profile until somebody decides. A decision is never changed: what takes it
back is a row of its own. All of it goes with the person whom it concerns; the audit stays, and names nobody.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from posts_project.profiles.models import Profile
from posts_project.staff.models import StaffUser
from shared import snowflakes

MAX_COMMENT = 2_000
MAX_TEXT = 2_000


class Reason(models.TextChoices):
    SPAM = "spam"
    ABUSE = "abuse"
    ILLEGAL = "illegal"
    OTHER = "other"


class Case(models.Model):
    """`profile` is whom it concerns: who was reported, or the author of the post.

    `text` is what the post said when the case was opened, which its author may change or delete. `closed_at` is null
    as long as nobody has decided; of one target one case at most is open.
    """

    id = models.BigIntegerField(primary_key=True)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    # It may go: no constraint.
    post_id = models.BigIntegerField(null=True, blank=True)
    text = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "moderation_case"
        default_permissions = ()
        permissions = [("decide", "Can decide cases and answer appeals")]
        constraints = [
            models.UniqueConstraint(
                fields=["post_id"], condition=Q(closed_at=None, post_id__isnull=False), name="case_of_post_open"
            ),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(closed_at=None, post_id=None), name="case_of_profile_open"
            ),
        ]
        indexes = [
            models.Index(fields=["profile", "id"], name="case_of_profile"),
            models.Index(F("closed_at").desc(nulls_first=True), F("id").desc(), name="case_queue"),
        ]

    def __str__(self) -> str:
        return f"post {self.post_id} by @{self.profile.username}" if self.post_id else f"@{self.profile.username}"

    @property
    def opened_at(self) -> datetime:
        return snowflakes.created_at(self.id)


class Report(models.Model):
    """`reporter` is told to moderators alone, and null once they have left; then there is no comment either."""

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(Profile, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=7, choices=Reason)
    comment = models.TextField(blank=True, default="")

    class Meta:
        db_table = "report"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["case", "reporter"], name="report_once"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} in case {self.case_id}"

    @property
    def created_at(self) -> datetime:
        return snowflakes.created_at(self.id)


class Kind(models.TextChoices):
    HIDE_POST = "hide_post", "Hide post"
    WARN = "warn"
    LIMIT = "limit"
    SUSPEND = "suspend"
    DISMISS = "dismiss"


class Decision(models.Model):
    """`staff` null is an operator at the command line; `until` is when a suspension ends by itself.

    `text` is told to the person whom it concerns; of what was dismissed they hear nothing.
    """

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    post_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=9, choices=Kind)
    reason = models.CharField(max_length=7, choices=Reason)
    text = models.TextField()
    until = models.DateTimeField(null=True, blank=True)
    staff = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "decision"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="decision_kind_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="decision_reason_known"),
            models.CheckConstraint(condition=Q(until=None) | Q(kind=Kind.SUSPEND), name="decision_until_of_suspension"),
        ]
        indexes = [
            models.Index(fields=["profile", "id"], name="decision_of_profile"),
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="decision_until"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def created_at(self) -> datetime:
        return snowflakes.created_at(self.id)


class Cause(models.TextChoices):
    """Why a decision was taken back."""

    STAFF = "staff"
    APPEAL = "appeal"
    END = "end"


class Reversal(models.Model):
    """`decision` is no longer in force. Once, and for good: another decision may be made."""

    decision = models.OneToOneField(Decision, models.CASCADE, primary_key=True, related_name="reversal")
    cause = models.CharField(max_length=6, choices=Cause)
    staff = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")
    reversed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reversal"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(cause__in=Cause.values), name="reversal_cause_known")]

    def __str__(self) -> str:
        return f"of {self.decision_id}"


class Outcome(models.TextChoices):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Appeal(models.Model):
    """What the person has to say against `decision`, once; `outcome` null is open."""

    decision = models.OneToOneField(Decision, models.CASCADE, primary_key=True, related_name="appeal")
    text = models.TextField()
    created_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    staff = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "appeal"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=None) | Q(outcome__in=Outcome.values), name="appeal_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=None, answered_at=None) | Q(outcome__isnull=False, answered_at__isnull=False),
                name="appeal_answered_with_outcome",
            ),
        ]
        indexes = [models.Index(F("answered_at").desc(nulls_first=True), F("decision").desc(), name="appeal_queue")]

    def __str__(self) -> str:
        return f"against {self.decision_id}"


class AuditEntry(models.Model):
    """Who of the staff did what, and when: the database lets nobody change or delete a row (migration 0001).

    So no row may name a person: `subject` is a pseudonym, by which those of somebody are found while they are there.
    """

    id = models.BigIntegerField(primary_key=True)
    # Without a constraint, so that nothing has to touch these rows. Null: an operator at the command line, or nobody.
    staff_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=20)
    subject = models.CharField(max_length=64)
    case_id = models.BigIntegerField()
    decision_id = models.BigIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        default_permissions = ()
        verbose_name_plural = "audit"
        indexes = [models.Index(fields=["subject", "id"], name="audit_of_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.id}"

    @property
    def created_at(self) -> datetime:
        return snowflakes.created_at(self.id)
