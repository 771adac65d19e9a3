"""`migrate`, once PostgreSQL answers.

Without server-side binding: procrastinate's migrations send several statements at once.
"""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from posts_project import health
from shared.starting import wait_for


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> str | None:
        wait_for("PostgreSQL", ask=health.connect, say=self.stderr.write)
        connection = connections[options["database"]]
        bound, patient = connection.settings_dict["OPTIONS"], dict(connection.settings_dict["OPTIONS"])
        # A long migration is nobody's runaway query.
        patient |= {"server_side_binding": False, "pool": False, "options": "-c timezone=UTC"}
        connection.close()
        connection.settings_dict["OPTIONS"] = patient
        try:
            return super().handle(*args, **options)
        finally:
            connection.close()
            connection.settings_dict["OPTIONS"] = bound
