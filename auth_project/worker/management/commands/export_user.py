"""`manage_auth.py export_user NAME [--out FILE]`: the archive of somebody who cannot ask for it."""

import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.accounts.management.people import user_named
from auth_project.accounts.models import User
from auth_project.accounts.services import exports
from auth_project.staff.commands import OperatorCommand
from auth_project.worker.exports import SECTIONS
from shared.private_files import private_file
from shared.remote_errors import RemoteError


class Command(OperatorCommand):
    help = (
        "Make the archive of all that both services hold of somebody, the same that they can have by themselves, for"
        " who asked for it in another way. Nobody but the owner of the file may read it (mode 0600); it is there only"
        " once it is whole, and is never written over another. The user is not told. Posts must answer."
    )
    examples = """
        ada
        ada@example.org --out /srv/requests/ada.zip
        ada --dry-run
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username or e-mail address")
        parser.add_argument("--out", type=Path, metavar="FILE", help="where to; without it, export-USERNAME.zip here")
        parser.add_argument("--dry-run", action="store_true", help="keep nothing; show what would be in it")

    def handle(self, *, name: str, out: Path | None, dry_run: bool, **options: Any) -> None:
        user = user_named(name)
        try:
            if dry_run:
                self._show(user)
            else:
                self._write(user, out or Path(f"export-{user.username}.zip"))
        except RemoteError as error:
            raise CommandError(f"Posts does not give its part; nothing was written ({error}).") from error

    def _show(self, user: User) -> None:
        with exports.working_file() as file:
            exports.write(file, user=user, sections=SECTIONS, now=timezone.now())
            with zipfile.ZipFile(file) as archive:
                for one in archive.infolist():
                    self.stdout.write(f"{one.file_size:>12}  {one.filename}")

    def _write(self, user: User, path: Path) -> None:
        try:
            with private_file(path) as file:
                exports.write(file, user=user, sections=SECTIONS, now=timezone.now())
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"All that is held of {user.username} is in {path}.")
