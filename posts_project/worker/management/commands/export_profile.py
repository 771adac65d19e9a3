"""`export_profile`: what Posts holds of one person, as JSON lines."""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts_project.profiles.models import Profile
from posts_project.profiles.usernames import normalised
from posts_project.worker import exports
from shared.fields import parse_id
from shared.progress import bar

HELP = """
Write all that Posts holds of one person, the same as Posts' part of the archive that they can have by themselves: one
JSON object a line, {"section": "posts", "row": {…}}, section after section, each in a steady order. docs/export.md
says what the sections are. What Auth holds is not in it.

It reads in pages, so it neither needs memory nor holds up anybody, however much there is. With --to nobody but the
owner of the file may read it (mode 0600), and it is there only once it is whole; a file that is there already is never
written over.

Examples:
  manage_posts.py export_profile ada --to ada.jsonl
  manage_posts.py export_profile 190353203200000001 | jq -c 'select(.section == "posts").row'

Exit status:
  0  done
  1  nobody of that name or id is known here, or the file cannot be written
  2  the command line was not understood
"""

Write = Callable[[str], Any]


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="a username, or the id of a person")
        parser.add_argument("--to", type=Path, metavar="FILE", help="where to; without it, standard output")

    def handle(self, *, name: str, to: Path | None, **options: Any) -> None:
        profile = _profile(name)
        if to is None:
            _write(profile.id, self.stdout.write)
            return
        try:
            with _private(to) as write:
                count = _write(profile.id, write)
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{count} rows of {profile.username} written to {to}.")


def _profile(name: str) -> Profile:
    """Also of somebody who is away, or whose name went to another."""
    profile = Profile.objects.filter(username=normalised(name)).first()
    if profile is None and (number := parse_id(name)) is not None:
        profile = Profile.objects.filter(id=number).first()
    if profile is None:
        raise CommandError(f"There is no profile {name!r} here.")
    return profile


def _write(profile_id: int, write: Write) -> int:
    """How many rows there were."""
    count, begun = 0, set[str]()
    with bar("sections", total=len(exports.SECTIONS)) as (progress, task):
        for section, rows in exports.everything(profile_id):
            for row in rows:
                write(f'{{"section": "{section.name}", "row": {row}}}\n')
            count += len(rows)
            begun.add(section.name)
            progress.update(task, completed=len(begun), description=section.name)
    return count


@contextmanager
def _private(path: Path) -> Iterator[Write]:
    """A file that takes its name when it is whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link never takes the place of what is there.
        os.link(unfinished, path)
    finally:
        unfinished.unlink()
