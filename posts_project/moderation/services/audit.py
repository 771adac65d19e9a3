"""Writing down who of the staff did what."""

from typing import Any

from posts_project.moderation.models import AuditEntry
from posts_project.staff.models import StaffUser
from shared import snowflakes
from shared.pseudonyms import pseudonym


def note(
    action: str, *, staff: StaffUser | None, profile_id: int, case_id: int, decision_id: int | None, **details: Any
) -> None:
    """In the transaction of what is done. `details` must not name anybody: nothing takes it out again."""
    AuditEntry.objects.create(
        id=snowflakes.new_id(),
        staff_id=staff.pk if staff else None,
        action=action,
        subject=subject_of(profile_id),
        case_id=case_id,
        decision_id=decision_id,
        details=details,
    )


def subject_of(profile_id: int) -> str:
    """What stands for a person in the audit."""
    return pseudonym("subject of the audit", profile_id)
