"""In place of Django's, which knows nothing of our names, passwords and events."""

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not used here: create_staff NAME EMAIL --superuser makes an administrator, by the rules of everybody."

    def handle(self, **options: Any) -> NoReturn:
        raise CommandError("Use: manage_auth.py create_staff NAME EMAIL --superuser")
