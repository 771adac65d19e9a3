"""`manage_auth.py reinstate_user NAME`"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from auth_project.accounts.management.people import user_named
from auth_project.accounts.services import suspension
from auth_project.staff.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Undo a suspension: the user can sign in again, and their profile and posts are shown as before."
    examples = "eve"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username or e-mail address")

    def handle(self, *, name: str, **options: Any) -> None:
        user = user_named(name)
        if suspension.reinstate(user_id=user.pk, by=None, now=timezone.now()):
            self.stdout.write(f"{user.username} may sign in again.")
        else:
            self.stdout.write(f"{user.username} is not suspended; nothing was done.")
