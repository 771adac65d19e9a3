"""`manage_auth.py verify_audit`: is the audit whole?"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.audit.chain import EndRefused, beginning, end
from auth_project.audit.verify import Verdict, verify
from auth_project.staff.commands import OperatorCommand
from shared.progress import bar


class Command(OperatorCommand):
    help = (
        "Look at every row of the audit and tell whether the chain is whole; the first row that was changed, removed,"
        " inserted or moved is named, and the exit status is 1. It prints the hash of the last row: keep it elsewhere,"
        " and give it to --expect-head the next time (or one of an audit.sealed line of the worker's log): only so it"
        " is found that rows were removed at the end by somebody who also put back an older record of it. Nothing is"
        " changed, and everything else may go on meanwhile."
    )
    examples = """
        --expect-head 5f2a9c01.9b7e…
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect-head", default="", metavar="HASH", help="of a row that the chain must have")

    def handle(self, *, expect_head: str, **options: Any) -> None:
        with bar("rows", total=_about_how_many()) as (progress, task):
            verdict = verify(expected=expect_head, seen=lambda count: progress.advance(task, count))
        if verdict.fault is not None:
            raise CommandError(f"NOT WHOLE. {verdict.fault}. Read docs/runbook.md, The audit is not whole.")
        self._tell(verdict)

    def _tell(self, verdict: Verdict) -> None:
        self.stdout.write(f"The chain is whole: {verdict.rows} rows, {verdict.erased} of them without whom they name.")
        if verdict.waiting_since is not None:
            seconds = (timezone.now() - verdict.waiting_since).total_seconds()
            self.stdout.write(f"{verdict.waiting} rows are not sealed yet, the oldest for {seconds:.0f} s.")
        if verdict.last is not None:
            self.stdout.write(f"head {verdict.last.hash or '-'} row {verdict.last.seq}")


def _about_how_many() -> int:
    """Without counting them."""
    try:
        last = end()
        return last.seq - beginning().seq if last else 0
    except EndRefused:
        return 0
