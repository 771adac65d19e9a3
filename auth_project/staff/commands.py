"""What the commands of Auth have in common."""

from auth_project.outages import is_outage
from shared import operators


class OperatorCommand(operators.OperatorCommand):
    program, database = "manage_auth.py", "MongoDB"

    def is_outage(self, error: Exception) -> bool:
        return is_outage(error)
