"""`manage_auth.py suspend_user NAME --reason TEXT [--until DATE]`"""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.accounts.management.people import user_named
from auth_project.accounts.services import suspension
from auth_project.staff.commands import OperatorCommand
from shared.operators import moment
from shared.problems import Problem


class Command(OperatorCommand):
    help = (
        "Lock an account: its sessions end at once in both services, nobody can sign in to it, and its profile and"
        " posts are hidden. Nothing is deleted; reinstate_user, or the date of --until, brings all of it back."
        " Said again of a suspended account, it replaces the reason and the date."
    )
    examples = """
        eve --reason "Spam, report 1234"
        eve@example.org --reason "Cooling off" --until 2026-12-31
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username or e-mail address")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="told to the user, and to the other staff")
        parser.add_argument("--until", type=moment, metavar="DATE", help="when it ends by itself, in UTC; else never")

    def handle(self, *, name: str, reason: str, until: datetime | None, **options: Any) -> None:
        if not reason.strip():
            raise CommandError("--reason must say something.")
        user = user_named(name)
        try:
            suspension.suspend(user_id=user.pk, reason=reason.strip(), until=until, by=None, now=timezone.now())
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        end = f"until {until:%Y-%m-%d %H:%M %Z}" if until else "until reinstated"
        self.stdout.write(f"{user.username} is suspended {end}; all sessions have ended.")
