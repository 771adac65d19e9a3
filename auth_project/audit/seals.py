"""Seals: HMAC-SHA-256 over canonical JSON, under a key that stands in no database.

A plain hash would do against mistakes; whoever may write to the database could compute a whole new chain of those. Each
seal begins with which key it was made with, so that rows of before a change of keys can still be checked.
"""

import hashlib
import hmac
import secrets
from functools import cache
from typing import Any

import orjson
from django.conf import settings

from auth_project.audit.models import AuditEntry, ChainEnd
from shared.wire import timestamp

ABOUT, SOURCE = "about", "source"
PARTS = (ABOUT, SOURCE)
SALT_BYTES = 16


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def content(entry: AuditEntry, part: str) -> dict[str, Any]:
    """What a part says; empty values where it was erased."""
    if part == ABOUT:
        return {"user_id": str(entry.user_id or ""), "detail": entry.detail}
    return {"by_id": entry.by_id, "ip": entry.ip or "", "user_agent": entry.user_agent}


def seal_of_part(entry: AuditEntry, part: str) -> str:
    return _seal(_part(entry, part))


def seal_of_erasure(entry: AuditEntry, part: str, erasure: int) -> str:
    return _seal(_erasure(entry, part, erasure))


def seal_of_row(entry: AuditEntry) -> str:
    return _seal(_row(entry))


def seal_of_end(end: ChainEnd) -> str:
    return _seal(_end(end))


def part_fits(entry: AuditEntry, part: str) -> bool:
    return _fits(getattr(entry, f"{part}_seal"), _part(entry, part))


def erasure_fits(entry: AuditEntry, part: str) -> bool:
    """Whether it is blank because of the erasure that it names."""
    erasure = getattr(entry, f"{part}_erased_by")
    is_blank = not any(content(entry, part).values())
    seal = getattr(entry, f"{part}_erasure_seal")
    return is_blank and erasure is not None and _fits(seal, _erasure(entry, part, erasure))


def row_fits(entry: AuditEntry) -> bool:
    return _fits(entry.hash, _row(entry))


def end_fits(end: ChainEnd) -> bool:
    return _fits(end.seal, _end(end))


def _part(entry: AuditEntry, part: str) -> list[Any]:
    salt = getattr(entry, f"{part}_salt")
    return [part, salt, str(entry.pk), entry.event, timestamp(entry.at), entry.by, content(entry, part)]


def _erasure(entry: AuditEntry, part: str, erasure: int) -> list[Any]:
    return ["erased", part, str(entry.pk), getattr(entry, f"{part}_seal"), str(erasure)]


def _row(entry: AuditEntry) -> list[Any]:
    said = [str(entry.pk), entry.event, timestamp(entry.at), entry.by, entry.about_seal, entry.source_seal]
    return ["row", entry.seq, entry.previous, *said]


def _end(end: ChainEnd) -> list[Any]:
    return ["end", end.pk, end.seq, end.hash, timestamp(end.at)]


def _seal(value: list[Any]) -> str:
    return _sealed_with(settings.AUDIT_KEY, value)


def _fits(seal: str, value: list[Any]) -> bool:
    keys = {_name_of(key): key for key in (settings.AUDIT_KEY, *settings.AUDIT_OLD_KEYS)}
    key = keys.get(seal.partition(".")[0])
    return key is not None and hmac.compare_digest(_sealed_with(key, value), seal)


def _sealed_with(key: str, value: list[Any]) -> str:
    # RFC 8785: sorted names, no blanks, UTF-8; there are no fractions here, and numbers stay below 2^53.
    canonical = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return f"{_name_of(key)}.{hmac.digest(_derived(key), canonical, 'sha256').hex()}"


@cache
def _name_of(key: str) -> str:
    """Eight digits by which a key is known again, and which tell nothing of it."""
    return hmac.digest(_derived(key), b"name of the key", hashlib.sha256).hex()[:8]


@cache
def _derived(key: str) -> bytes:
    """Where the key is also used for something else, as SECRET_KEY is, that tells nothing about seals."""
    return hmac.digest(key.encode(), b"audit", "sha256")
