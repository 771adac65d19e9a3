"""Taking one's data along: asked for here, made by the worker, fetched by its owner alone.

Note [One archive]: a worker may die at any point, and another may begin when the lease is over. Each makes the whole
archive in a file of its own, which is stale unless it is finished: `_finish` takes one of them, tells its owner, and
takes that file off the list of stale ones, all in one transaction. Whatever else was stored is deleted.
"""

import json
import logging
import secrets
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from auth_project.accounts.models import Export, StaleFile, User
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mail import outbox as mail
from auth_project.mongodb import find_one_and_update
from auth_project.transactions import run_in_txn
from shared.remote_errors import RemoteError
from shared.wire import timestamp

KEEP_FOR = timedelta(hours=24)
LEASE = timedelta(minutes=5)
RENEW_SECONDS = 60.0
# Later ones are claimed by the next look, or another worker, with a whole lease.
MOST_AT_ONCE = 10
# While the other service is away: a quarter of what it has taken so far, within these.
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
# By then a stored file is an archive, or its worker is dead.
UNFINISHED_FOR = timedelta(hours=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ExportedFile:
    """One file of an archive, and what its reader is told of it.

    :ivar content: all of it, or piece by piece. :ivar told_as: the name under which it is told, once, where it is one
        of many; its own by itself. :ivar is_packed: whether packing it once more would be in vain.
    """

    name: str
    about: str
    content: bytes | Iterable[bytes]
    told_as: str = ""
    is_packed: bool = False


# What an archive holds of a user: each gives some files, and several may.
Sections = Iterable[Callable[[User], Iterable[ExportedFile]]]


def request(*, user_id: int, now: datetime) -> Export:
    """Ask for an archive; while one is being made, that one."""

    def write() -> Export:
        waiting = Export.objects.filter(user_id=user_id, due_at__isnull=False).first()
        if waiting is None:
            record(Event.EXPORT_REQUESTED, user_id=user_id)
        return waiting or Export.objects.create(user_id=user_id, requested_at=now, due_at=now)

    return run_in_txn(write)


def make_due(*, sections: Sections, now: datetime) -> int:
    """Make some of what was asked for; return how many archives that were."""
    made = 0
    for _ in range(MOST_AT_ONCE):
        export = _claim(now)
        if export is None:
            break
        made += _make(export, sections, now)
    return made


def working_file() -> IO[bytes]:
    """Beside the stored files: the system's temporary folder may be memory, and archives of many pictures are large."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=settings.MEDIA_ROOT)


def as_json(name: str, document: Any, *, about: str) -> ExportedFile:
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    return ExportedFile(name=name, about=about, content=text.encode())


def account_of(user: User) -> Iterable[ExportedFile]:
    """All columns of the user but the password's hash and what is derived from others."""
    left_out = {"password", "username_ci", "email_ci", "username_shape", "avatar", "version"}
    columns = [field.attname for field in user._meta.concrete_fields if field.attname not in left_out]
    document = {column: getattr(user, column) for column in columns} | {"id": str(user.pk)}
    yield as_json("account.json", document, about="Your account: all but your password, of which we have a hash.")


def avatar_of(user: User) -> Iterable[ExportedFile]:
    if user.avatar and default_storage.exists(user.avatar):
        with default_storage.open(user.avatar) as file:
            yield ExportedFile(name="avatar.webp", about="Your picture.", content=file.read())


def write(
    file: IO[bytes], *, user: User, sections: Sections, now: datetime, each: Callable[[], object] = lambda: None
) -> None:
    """Make an archive: each section's files as they come, one in memory at a time; at last what they all are.

    :param each: called after each file.
    :raises RemoteError: the other service is away. :raises ValueError: two files have one name.
    """
    names, about = set[str](), dict[str, str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in sections:
            for one in section(user):
                if one.name in names:
                    raise ValueError(f"{one.name} comes twice")
                names.add(one.name)
                about[one.told_as or one.name] = one.about
                _add(archive, one, now)
                each()
        archive.writestr("README.txt", _readme(user, about, now))


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
        name = _stored(export, user, sections, now)
    except RemoteError as error:
        _put_off(export, now)
        logger.warning("export.put_off", extra={"export_id": export.pk, "reason": str(error)})
        return False
    except Exception:
        # It is due again when the lease is over.
        logger.exception("export.failed", extra={"export_id": export.pk})
        return False
    if not run_in_txn(lambda: _finish(export, user, name, now)):
        default_storage.delete(name)
        return False
    logger.info("export.made", extra={"export_id": export.pk, "user_id": user.pk})
    return True


class _Lease:
    """Of an export that is being made: renewed while files come, so that no other worker makes it as well."""

    def __init__(self, export: Export) -> None:
        self._export, self._renewed_at = export, time.monotonic()

    def renew_in_time(self) -> None:
        """Unless another worker has it now; the first to finish has made it in any case."""
        if time.monotonic() - self._renewed_at < RENEW_SECONDS:
            return
        self._renewed_at = time.monotonic()
        ends_at = timezone.now() + LEASE
        if Export.objects.filter(pk=self._export.pk, due_at=self._export.due_at).update(due_at=ends_at):
            self._export.due_at = ends_at


def _put_off(export: Export, now: datetime) -> None:
    """Unless the lease was over and another worker has it now."""
    pause = min(max((now - export.requested_at) / 4, SHORTEST_PAUSE), LONGEST_PAUSE)
    Export.objects.filter(pk=export.pk, due_at=export.due_at).update(due_at=now + pause)


def _stored(export: Export, user: User, sections: Sections, now: datetime) -> str:
    """Make the archive and store it; the name of its file, which is stale until `_finish`: see Note [One archive]."""
    name = f"exports/{export.pk}-{secrets.token_hex(8)}.zip"
    with working_file() as archive:
        write(archive, user=user, sections=sections, now=now, each=_Lease(export).renew_in_time)
        StaleFile.objects.create(pk=name, stale_since=now + UNFINISHED_FOR)
        archive.seek(0)
        return default_storage.save(name, File(archive))


def _add(archive: zipfile.ZipFile, one: ExportedFile, now: datetime) -> None:
    entry = zipfile.ZipInfo(one.name, now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if one.is_packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with archive.open(entry, "w") as opened:
        for piece in [one.content] if isinstance(one.content, bytes) else one.content:
            opened.write(piece)


def _readme(user: User, about: dict[str, str], now: datetime) -> str:
    files = "".join(f"\n{name}\n    {text}\n" for name, text in about.items())
    return (
        f"All that is kept of @{user.username}, made at {timestamp(now)}.\n"
        "JSON files are UTF-8; times are UTC; ids are texts of digits. What has many rows comes in numbered parts.\n"
        f"{files}"
    )


def _finish(export: Export, user: User, name: str, now: datetime) -> bool:
    """False where the user was erased, or another worker was quicker, while it was made."""
    stale = StaleFile.objects.filter(pk=name)
    waiting = Export.objects.filter(pk=export.pk, due_at__isnull=False)
    if not stale.exists() or not waiting.update(due_at=None, file=name, expires_at=now + KEEP_FOR):
        return False
    stale.delete()
    context = {"username": user.username, "hours": int(KEEP_FOR / timedelta(hours=1))}
    mail.send(to=user.email, template="export_ready", context=context, user_id=user.pk)
    return True


def let_go(*, user_id: int, now: datetime) -> None:
    """The files of all archives of somebody who leaves are stale, also those of which one has died in the making; the
    rows go with the user."""
    for export in Export.objects.filter(user_id=user_id):
        # Of names that begin with its id and "-", after which "." is next in order.
        StaleFile.objects.filter(pk__gte=f"exports/{export.pk}-", pk__lt=f"exports/{export.pk}.").update(
            stale_since=now
        )
        if export.file:
            StaleFile.objects.create(pk=export.file, stale_since=now)


def _drop(export: Export, now: datetime) -> int:
    StaleFile.objects.create(pk=export.file, stale_since=now)
    deleted, _ = Export.objects.filter(pk=export.pk).delete()
    return deleted


def _plain(value: Any) -> str:
    return timestamp(value) if isinstance(value, datetime) else str(value)
