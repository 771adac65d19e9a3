"""`migrate`, once MongoDB answers."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from auth_project import health
from shared.starting import wait_for


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> str | None:
        wait_for("MongoDB", ask=health.database, say=self.stderr.write)
        return super().handle(*args, **options)
