"""The admin site's log: what staff did stays on record, to whom does not outlive the person."""

from django.contrib.admin.models import LogEntry


def forget(*, user_id: int) -> None:
    """Take the name and id of an erased user out of what was done to their account."""
    LogEntry.objects.filter(object_id=str(user_id)).update(object_id=None, object_repr="erased")
