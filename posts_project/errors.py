"""DRF's exception hook of this service: the common one, and what the database says is understood: that it is away is
503, that somebody whom a write needs has just left is 409, no faults of ours."""

import logging
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpResponse
from psycopg.errors import ForeignKeyViolation

from shared import exception_handler as common
from shared.problems import Conflict, ServiceUnavailable

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("database.unavailable", extra={"reason": str(error)})
        error = ServiceUnavailable("The database cannot be reached right now")
    elif isinstance(error, IntegrityError) and isinstance(error.__cause__, ForeignKeyViolation):
        # They were there when the write began, and a purge has ended since: nothing of it is stored.
        error = Conflict("Somebody whom this needs has left meanwhile")
    return common.exception_handler(error, context)
