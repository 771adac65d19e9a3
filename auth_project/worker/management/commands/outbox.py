"""`manage_auth.py outbox list | retry | replay`: events and mails on their way, and those that never arrived."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.events import outbox as events
from auth_project.events.models import OutboxEvent
from auth_project.mail import outbox as mails
from auth_project.mail.models import Mail
from auth_project.staff.commands import OperatorCommand
from shared.fields import parse_id
from shared.wire import parse_timestamp


class Command(OperatorCommand):
    help = (
        "Look at events that Posts, and mails that the mail server has not taken yet. What is pending is being tried,"
        " ever more slowly, for a day; what is dead was refused, or not taken for a day, and waits for you: mend the"
        " cause, which is shown, then retry. Replay sends again what Posts has taken, for the week that it is kept: for"
        " a Posts that was restored from a backup, which recognises what it knows."
    )
    examples = """
        list
        list --dead --limit 100
        retry 190353203200000001
        retry --all
        replay --since 2026-11-27T10:00:00Z --dry-run
    """

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(required=True, metavar="list|retry|replay")
        listing = commands.add_parser("list", help="what waits, and what died, oldest first")
        listing.add_argument("--dead", action="store_true", help="only what died")
        listing.add_argument("--limit", type=int, default=50, help="how many of each (50)")
        listing.set_defaults(act=self._list)
        retrying = commands.add_parser("retry", help="send again what is dead")
        which = retrying.add_mutually_exclusive_group(required=True)
        which.add_argument("id", nargs="?", type=_id, help="of one event or mail")
        which.add_argument("--all", action="store_true", help="all that are dead")
        retrying.set_defaults(act=self._retry)

        replaying = commands.add_parser("replay", help="send again what Posts has taken since a moment")
        replaying.add_argument(
            "--since", required=True, type=_moment, help="when the event was recorded, with an offset"
        )
        replaying.add_argument("--dry-run", action="store_true", help="only tell how many those are")
        replaying.set_defaults(act=self._replay)

    def handle(self, *, act: Any, **options: Any) -> None:
        act(options)

    def _list(self, options: dict[str, Any]) -> None:
        for status in ["dead"] if options["dead"] else ["pending", "dead"]:
            for model, name in ((OutboxEvent, "events"), (Mail, "mails")):
                rows = model.objects.filter(status=status).order_by("due_at")
                self.stdout.write(f"{rows.count()} {status} {name}")
                for row in rows[: max(options["limit"], 0)]:
                    self.stdout.write(_line(row))

    def _retry(self, options: dict[str, Any]) -> None:
        ids, now = None if options["all"] else [options["id"]], timezone.now()
        retried = events.retry_dead(ids=ids, now=now) + mails.retry_dead(ids=ids, now=now)
        if ids and not retried:
            raise CommandError(f"Nothing dead has the id {options['id']}.")
        self.stdout.write(f"{retried} will be sent again.")

    def _replay(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            self.stdout.write(f"{events.recorded_since(options['since']).count()} would be sent again.")
            return
        self.stdout.write(f"{events.replay(since=options['since'], now=timezone.now())} will be sent again.")


def _moment(text: str) -> datetime:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a time with an offset, such as 2026-11-27T10:00:00Z") from error


def _line(row: OutboxEvent | Mail) -> str:
    what = f"{row.type}  user {row.user_id}" if isinstance(row, OutboxEvent) else f"{row.template}  to {row.to}"
    when = f"{row.created_at:%Y-%m-%d %H:%M:%S}  tried {row.attempts}"
    return f"  {row.pk}  {what}  {when}  {row.last_error}".rstrip()


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise ArgumentTypeError("must be an id")
    return number
