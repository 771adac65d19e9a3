"""Deleting stored files that nothing refers to any more, after the transaction that let go of them."""

from datetime import datetime

from django.core.files.storage import default_storage

from auth_project.accounts.models import StaleFile
from shared import stored_files


def delete_stale(*, now: datetime) -> int:
    """Delete what became stale until `now`; return how many."""
    return stored_files.delete_stale(StaleFile, default_storage.delete, now=now)
