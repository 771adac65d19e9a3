"""Auth's published keys as last seen, kept in the database: a process that starts while Auth is down can judge too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from posts_project.revocations.models import PublishedKeys
from shared.jwks import STALE_SECONDS
from shared.keys import parse_key_set
from shared.remote_errors import RemoteUnavailable

ONLY_ROW = 1


def remembered(fetch: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `fetch` brings, which is kept; where it cannot, what it last brought to any process, for a day.

    :raises RemoteUnavailable: neither. :raises InvalidKeySet: what it brings is none; nothing is kept of it.
    """
    try:
        document = fetch()
    except RemoteUnavailable:
        return _last_seen()
    parse_key_set(document)
    PublishedKeys.objects.update_or_create(id=ONLY_ROW, defaults={"document": document, "fetched_at": timezone.now()})
    return document


def _last_seen() -> dict[str, Any]:
    since = timezone.now() - timedelta(seconds=STALE_SECONDS)
    kept = PublishedKeys.objects.filter(id=ONLY_ROW, fetched_at__gte=since).first()
    if kept is None:
        raise RemoteUnavailable("auth: its keys cannot be fetched and were not seen today")
    document: dict[str, Any] = kept.document
    return document
