"""Deleting stored files that nothing refers to any more, after the transaction that let go of them."""

from datetime import datetime

from django.core.files.storage import default_storage

from auth_project.accounts.models import StaleFile


def delete_stale(*, now: datetime) -> int:
    """Delete what became stale until `now`; a file that is gone already is done too. Return how many."""
    stale = list(StaleFile.objects.filter(stale_since__lte=now).values_list("pk", flat=True)[:500])
    for name in stale:
        default_storage.delete(name)
        StaleFile.objects.filter(pk=name).delete()
    return len(stale)
