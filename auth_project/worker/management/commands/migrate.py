"""`migrate`, once MongoDB answers; afterwards there is a key to sign with."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from auth_project import health
from auth_project.worker.starting import prepare
from shared.starting import refuse_without, wait_for


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> str | None:
        wait_for("MongoDB", ask=health.database, say=self.stderr.write)
        outcome = super().handle(*args, **options)
        if not (options["plan"] or options["app_label"]):
            refuse_without(prepare)
        return outcome
