"""What the commands of Auth have in common."""

from typing import Any

from auth_project.acting import By, acting
from auth_project.outages import is_outage
from shared import operators


class OperatorCommand(operators.OperatorCommand):
    program, database = "manage_auth.py", "MongoDB"

    def execute(self, *args: Any, **options: Any) -> str | None:
        with acting(by=By.OPERATOR):
            return super().execute(*args, **options)

    def is_outage(self, error: Exception) -> bool:
        return is_outage(error)
