"""What the commands of this app have in common: help with examples, whom they name, and an exit status for scripts."""

import textwrap
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.db import InterfaceError, OperationalError

from posts_project.profiles.models import Profile, State
from shared.problems import Problem

NO_DATABASE = 3
EXIT_STATUS = """Exit status:
  0  done, or there was nothing to do
  1  refused; the reason is on standard error
  2  the command line was not understood
  3  PostgreSQL does not answer
"""


class _Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples as they are."""


class OperatorCommand(BaseCommand):
    """Beside a running stack a command works on that one's database (`DATA_DIR`)."""

    examples = ""
    # What is Django's own would bury what is ours.
    requires_system_checks = ()
    suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
    }  # fmt: skip

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        lines = "".join(
            f"  manage_posts.py {subcommand} {line.strip()}\n" for line in self.examples.strip().splitlines()
        )
        self.help = textwrap.fill(self.help, 80)
        epilog = f"Examples:\n{lines}\n{EXIT_STATUS}"
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=_Formatter, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        except (OperationalError, InterfaceError) as error:
            raise CommandError(
                "PostgreSQL does not answer. Is the stack running, with the same DATA_DIR?", returncode=NO_DATABASE
            ) from error


def profile_named(name: str) -> Profile:
    """:raises CommandError: nobody of that name is known here."""
    profile = (
        Profile.objects.filter(username=name.strip().removeprefix("@").lower()).exclude(state=State.ERASED).first()
    )
    if profile is None:
        raise CommandError(f"There is no profile {name} here.")
    return profile


def moment(text: str) -> datetime:
    """`2026-12-31` or `2026-12-31T18:00`, in UTC where nothing else is said."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a date like 2026-12-31, or a time like 2026-12-31T18:00") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)
