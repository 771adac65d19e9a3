"""In place of Django's, which would set any password and leave the sessions of whoever knew the old one alive."""

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Not used here: nobody sets another's password. The admin site has an action that sends a reset by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?")

    def handle(self, **options: Any) -> NoReturn:
        raise CommandError("Nobody sets another's password: send a reset from the admin site, or end_sessions NAME.")
