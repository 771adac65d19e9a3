"""`manage_auth.py import_users FILE.csv`: bring people from elsewhere."""

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.accounts import nobody
from auth_project.imports import rows, services
from auth_project.imports.earlier import Earlier
from auth_project.imports.rows import COLUMNS, Fault, Row
from auth_project.staff.commands import OperatorCommand
from shared.progress import bar

Refuse = Callable[[Fault], None]


class Command(OperatorCommand):
    help = (
        "Make accounts of the rows of a CSV file (UTF-8, commas, a first line with the names of its columns): username"
        " and email, and whichever there are of password_hash, display_name, bio, created_at (2025-01-02T03:04:05Z),"
        " is_private, email_verified (true or false) and locale. An empty cell says nothing. A hash may be"
        " pbkdf2_sha256, argon2, bcrypt_sha256, bcrypt or scrypt as Django writes it, plain bcrypt ($2b$…) or plain"
        " argon2 ($argon2id$…); at the first sign-in one of ours takes its place. Whoever has none chooses a password"
        " by the link of a password reset, and so does, where addresses must be confirmed, whoever's is not. Everybody"
        " gets a profile in Posts. Nobody is sent a mail, unless with --mail. Names that are reserved or look like a"
        " member of staff's, taken or once anybody's are refused, with their line and the reason, and the rest goes"
        " on. May be stopped and repeated: whoever is here under the same name and address is not imported again."
    )
    examples = """
        people.csv --dry-run
        people.csv --rejects refused.csv
        people.csv --mail
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what to read")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done, and every fault")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="a new file for the rows that are refused")
        parser.add_argument("--mail", action="store_true", help="ask those whose address is not confirmed to do so")

    def handle(self, *, file: Path, dry_run: bool, rejects: Path | None, mail: bool, **options: Any) -> None:
        with ExitStack() as opened:
            try:
                source = opened.enter_context(file.open("rb"))
                refuse = self._refuser(opened.enter_context(_new(rejects)) if rejects else None)
            except OSError as error:
                raise CommandError(f"{error.filename} cannot be opened: {error.strerror}.") from error
            run = _Run(dry_run=dry_run, mailed=mail, refuse=refuse)
            try:
                with _followed(source) as entries:
                    run.take_all(entries)
            except rows.NotPeople as error:
                raise CommandError(f"{file}: {error}.") from error
            finally:
                self._tell(run)
        if run.refused:
            raise CommandError(f"{run.refused} were refused.")

    def _refuser(self, file: TextIO | None) -> Refuse:
        if file is None:
            return self._complain
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()

        def refuse(fault: Fault) -> None:
            self._complain(fault)
            if fault.row:
                writer.writerow(fault.row.cells)

        return refuse

    def _complain(self, fault: Fault) -> None:
        self.stderr.write(f"line {fault.line}: {fault.reason}")

    def _tell(self, run: "_Run") -> None:
        verb = "would be imported" if run.dry_run else "imported"
        self.stdout.write(f"{run.imported} {verb}, {run.present} already there.")
        if run.imported and not run.dry_run:
            nobody.count(now=timezone.now())


class _Run:
    """One file on its way: what has become of its rows so far."""

    def __init__(self, *, dry_run: bool, mailed: bool, refuse: Refuse) -> None:
        self.dry_run, self.mailed, self._refuse = dry_run, mailed, refuse
        self.imported = self.present = self.refused = 0
        self._earlier = Earlier()
        self._waiting: list[Row | Fault] = []

    def take_all(self, entries: Iterator[Row | Fault]) -> None:
        for entry in entries:
            self._waiting.append(entry)
            if len(self._waiting) == services.BATCH:
                self._settle()
        self._settle()

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        batch = services.sort_out([row for row in waiting if isinstance(row, Row)], earlier=self._earlier)
        if not self.dry_run:
            batch = services.store(batch, mailed=self.mailed)
        self.imported += len(batch.new)
        self.present += len(batch.present)
        unread = [fault for fault in waiting if isinstance(fault, Fault)]
        for fault in sorted(batch.faults + unread, key=lambda fault: fault.line):
            self.refused += 1
            self._refuse(fault)


def _new(path: Path) -> TextIO:
    """A file for its owner alone, as hashes are in it; written as it goes on, for what was refused before a stop."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


@contextmanager
def _followed(file: Any) -> Iterator[Iterator[Row | Fault]]:
    """What the file holds, beside a bar of how much of it was read."""
    entries = rows.read(file)
    with bar("read", total=os.fstat(file.fileno()).st_size) as (progress, task):
        yield _watched(entries, lambda: progress.update(task, completed=file.tell()))


def _watched(entries: Iterator[Row | Fault], step: Callable[[], None]) -> Iterator[Row | Fault]:
    for entry in entries:
        yield entry
        step()
