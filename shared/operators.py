"""Commands for operators: help with examples, and an exit status that a script can tell apart."""

import textwrap
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from shared.problems import Problem

NO_DATABASE = 3
_EXIT_STATUS = """Exit status:
  0  done, or there was nothing to do
  1  refused; the reason is on standard error
  2  the command line was not understood
  3  {database} does not answer
"""


class _Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples as they are."""


class OperatorCommand(BaseCommand):
    """Beside a running stack a command works on that one's database (`DATA_DIR`); else the environment must name one.

    A service has a class of its own below this one, which says how its database is called and when it is away.
    """

    program = ""
    database = ""
    examples = ""
    # What is Django's own would bury what is ours.
    requires_system_checks = ()
    suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
    }  # fmt: skip

    def is_outage(self, error: Exception) -> bool:
        """Whether `error` says that the database does not answer."""
        raise NotImplementedError

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        lines = "".join(
            f"  {self.program} {subcommand} {line.strip()}\n" for line in self.examples.strip().splitlines()
        )
        self.help = textwrap.fill(self.help, 80)
        epilog = f"Examples:\n{lines}\n{_EXIT_STATUS.format(database=self.database)}"
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=_Formatter, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        except Exception as error:
            if not self.is_outage(error):
                raise
            told = f"{self.database} does not answer. Is the stack running, with the same DATA_DIR?"
            raise CommandError(told, returncode=NO_DATABASE) from error


def moment(text: str) -> datetime:
    """`2026-12-31` or `2026-12-31T18:00`, in UTC where nothing else is said; for the type of an argument."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a date like 2026-12-31, or a time like 2026-12-31T18:00") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)
