"""`manage_auth.py end_sessions NAME`"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from auth_project.accounts.management.people import user_named
from auth_project.accounts.services import valid_after
from auth_project.staff.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Sign a user out everywhere: every session and token they have is refused from now on, by Auth at once and by"
        " Posts as soon as it hears of it. They can sign in again; suspend_user is what keeps them out."
    )
    examples = "eve"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username or e-mail address")

    def handle(self, *, name: str, **options: Any) -> None:
        user = user_named(name)
        valid_after.end_all(user, now=timezone.now())
        self.stdout.write(f"All sessions of {user.username} have ended.")
