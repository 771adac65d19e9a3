"""Commands for operators: help with examples, and an exit status that a script can tell apart."""

import textwrap
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from auth_project.outages import is_outage

NO_DATABASE = 3
EXIT_STATUS = """Exit status:
  0  done, or there was nothing to do
  1  refused; the reason is on standard error
  2  the command line was not understood
  3  MongoDB does not answer
"""


class _Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples as they are."""


class OperatorCommand(BaseCommand):
    """Beside a running stack a command talks to that one (`DATA_DIR`); else MONGODB_URL and the rest must be set."""

    examples = ""
    # What is Django's own would bury what is ours.
    requires_system_checks = ()
    suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
    }  # fmt: skip

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        lines = "".join(
            f"  manage_auth.py {subcommand} {line.strip()}\n" for line in self.examples.strip().splitlines()
        )
        self.help = textwrap.fill(self.help, 80)
        epilog = f"Examples:\n{lines}\n{EXIT_STATUS}"
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=_Formatter, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Exception as error:
            if not is_outage(error):
                raise
            raise CommandError(
                "MongoDB does not answer. Is the stack running, with the same DATA_DIR?", returncode=NO_DATABASE
            ) from error
