"""Taking one's data along: asked for here, made by the worker, fetched by its owner alone."""

import json
import logging
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from auth_project.accounts.models import Export, StaleFile, User
from auth_project.mail import outbox as mail
from auth_project.mongodb import find_one_and_update
from auth_project.transactions import run_in_txn
from shared.wire import timestamp

KEEP_FOR = timedelta(hours=24)
LEASE = timedelta(minutes=5)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ExportedFile:
    """One file of an archive."""

    name: str
    content: bytes


# What an archive holds of a user: each gives some files, and several may.
Sections = Iterable[Callable[[User], Iterable[ExportedFile]]]


def request(*, user_id: int, now: datetime) -> Export:
    """Ask for an archive; while one is being made, that one."""

    def write() -> Export:
        waiting = Export.objects.filter(user_id=user_id, due_at__isnull=False).first()
        return waiting or Export.objects.create(user_id=user_id, requested_at=now, due_at=now)

    return run_in_txn(write)


def make_due(*, sections: Sections, now: datetime) -> int:
    """Make what was asked for; return how many archives that were."""
    made = 0
    while (export := _claim(now)) is not None:
        made += _make(export, sections, now)
    return made


def as_json(name: str, document: Any) -> ExportedFile:
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    return ExportedFile(name=name, content=text.encode())


def account_of(user: User) -> Iterable[ExportedFile]:
    """All columns of the user but the password's hash and what is derived from others."""
    left_out = {"password", "username_ci", "email_ci", "username_shape", "avatar", "version"}
    columns = [field.attname for field in user._meta.concrete_fields if field.attname not in left_out]
    yield as_json("account.json", {column: getattr(user, column) for column in columns} | {"id": str(user.pk)})


def avatar_of(user: User) -> Iterable[ExportedFile]:
    if user.avatar and default_storage.exists(user.avatar):
        with default_storage.open(user.avatar) as file:
            yield ExportedFile(name="avatar.webp", content=file.read())


def purge_exports(*, now: datetime) -> int:
    """Delete archives whose day is over; return how many."""
    return sum(run_in_txn(partial(_drop, export, now)) for export in Export.objects.filter(expires_at__lt=now))


def _claim(now: datetime) -> Export | None:
    return find_one_and_update(Export, match={"due_at": {"$lte": now}}, update={"$set": {"due_at": now + LEASE}})


def _make(export: Export, sections: Sections, now: datetime) -> bool:
    user = User.objects.filter(pk=export.user_id).first()
    if user is None:
        return False
    try:
        name = default_storage.save(f"exports/{export.pk}.zip", ContentFile(_archive(user, sections)))
    except Exception:
        # It is due again when the lease is over.
        logger.exception("export.failed", extra={"export_id": export.pk})
        return False
    if not run_in_txn(lambda: _finish(export, user, name, now)):
        default_storage.delete(name)
        return False
    logger.info("export.made", extra={"export_id": export.pk, "user_id": user.pk})
    return True


def _archive(user: User, sections: Sections) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in sections:
            for file in section(user):
                archive.writestr(file.name, file.content)
    return buffer.getvalue()


def _finish(export: Export, user: User, name: str, now: datetime) -> bool:
    """False where the user was erased, or another worker was quicker, while it was made."""
    waiting = Export.objects.filter(pk=export.pk, due_at__isnull=False)
    if not waiting.update(due_at=None, file=name, expires_at=now + KEEP_FOR):
        return False
    context = {"username": user.username, "hours": int(KEEP_FOR / timedelta(hours=1))}
    mail.send(to=user.email, template="export_ready", context=context, user_id=user.pk)
    return True


def _drop(export: Export, now: datetime) -> int:
    StaleFile.objects.create(pk=export.file, stale_since=now)
    deleted, _ = Export.objects.filter(pk=export.pk).delete()
    return deleted


def _plain(value: Any) -> str:
    return timestamp(value) if isinstance(value, datetime) else str(value)
