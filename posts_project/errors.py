"""DRF's exception hook of this service: the common one, and the database being away is 503, not a fault of ours."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse

from shared import exception_handler as common
from shared.problems import ServiceUnavailable

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("database.unavailable", extra={"reason": str(error)})
        error = ServiceUnavailable("The database cannot be reached right now")
    return common.exception_handler(error, context)
