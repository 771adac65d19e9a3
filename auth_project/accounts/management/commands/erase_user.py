"""`manage_auth.py erase_user NAME --reason TEXT`: somebody's account, in both services, for good."""

import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.accounts import selectors
from auth_project.accounts.models import Erasure, User
from auth_project.accounts.services import erasure
from auth_project.staff.commands import OperatorCommand
from shared.fields import parse_id
from shared.wire import timestamp

WAIT_SECONDS, LOOK_EVERY_SECONDS = 600.0, 0.5
LONGEST_REASON = 500


class Command(OperatorCommand):
    help = (
        "Erase an account and all that belongs to it in both services, as DELETE /api/v1/users/me does for who asks"
        " for it there. It cannot be undone; the username is never given to anybody again. The worker of Posts does its"
        " part within minutes, and then there is a receipt. Said again with the id that it shows, it tells what became"
        " of the erasure; by the name nobody can be found any more. Staff are refused: what they did would have no"
        " author."
    )
    examples = """
        eve --reason "You asked us to by letter" --dry-run
        eve@example.org --reason "You asked us to by letter" --yes --wait
        190353203200000001 --reason "You asked us to by letter"
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username, e-mail address or id")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="told to the user by the last mail")
        parser.add_argument("--yes", action="store_true", help="do not ask whether it is meant")
        parser.add_argument("--wait", action="store_true", help="until both are done; then show the receipt")
        parser.add_argument("--dry-run", action="store_true", help="only tell whom it would erase")

    def handle(self, *, name: str, reason: str, yes: bool, wait: bool, dry_run: bool, **options: Any) -> None:
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise CommandError(f"--reason must say something, in at most {LONGEST_REASON} characters.")
        user = _user(name)
        if user is None:
            self._tell(_begun(name), wait=wait)
        elif dry_run:
            self.stdout.write(f"{user.username} ({user.pk}), here since {timestamp(user.created_at)}, would be erased.")
        else:
            if not yes:
                _confirm(user)
            begun = erasure.erase_for_operator(user_id=user.pk, reason=reason.strip(), now=timezone.now())
            self.stdout.write(f"{user.username} ({user.pk}) is erased here.")
            self._tell(begun, wait=wait)

    def _tell(self, known: Erasure, *, wait: bool) -> None:
        ends_at = time.monotonic() + WAIT_SECONDS
        while wait and known.completed_at is None and time.monotonic() < ends_at:
            time.sleep(LOOK_EVERY_SECONDS)
            known.refresh_from_db()
        if known.completed_at is None:
            self.stdout.write(f"Erasure {known.public_id}: pending since {timestamp(known.requested_at)}.")
            if wait:
                raise CommandError("Posts has not done its part yet. Do its worker and that of Auth run?")
        else:
            self.stdout.write(f"Erasure {known.public_id}: completed at {timestamp(known.completed_at)}.")
            self.stdout.write(known.receipt or "")


def _user(name: str) -> User | None:
    """:raises CommandError: one has that for a name and another for an id; anybody may be called a number."""
    number = parse_id(name)
    found = [user for user in (selectors.by_login(name), selectors.by_id(number) if number else None) if user]
    if len({user.pk for user in found}) > 1:
        raise CommandError(f"{name} is the username of one and the id of another; give an e-mail address.")
    return found[0] if found else None


def _begun(name: str) -> Erasure:
    """:raises CommandError: nobody is called that, and no erasure is known by it."""
    known = erasure.of_user(number) if (number := parse_id(name)) else None
    if known is not None:
        return known
    if selectors.is_retired(name):
        raise CommandError(
            f"Nobody is called {name} any more: they were erased, or took another name. What became of an erasure is"
            " told by the id."
        )
    raise CommandError(f"There is no user {name}.")


def _confirm(user: User) -> None:
    """:raises CommandError: it is not meant, or there is nobody to ask."""
    if not sys.stdin.isatty():
        raise CommandError("Nobody is there to ask: --yes erases without.")
    if input(f"This cannot be undone. To erase {user.username}, type the username: ").strip() != user.username:
        raise CommandError("Nothing was done.")
