"""MongoDB not answering, told as what it is: 503, come back soon. Everything else unexpected stays a 500."""

import logging
from typing import Any

from django.http import HttpResponse
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, ServerSelectionTimeoutError

from shared import exception_handler as shared_handler
from shared.problems import ServiceUnavailable

RETRY_AFTER_SECONDS = 2

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook."""
    if is_outage(error):
        logger.error("mongodb.unavailable", extra={"reason": repr(error.__cause__ or error)[:300]})
        error = ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS)
    return shared_handler.exception_handler(error, context)


def is_outage(error: BaseException | None) -> bool:
    """Whether `error`, or what Django made it from, says that MongoDB cannot be reached or keeps refusing to commit."""
    if error is None:
        return False
    if isinstance(error, ConnectionFailure | ServerSelectionTimeoutError | ExecutionTimeout):
        return True
    retryable = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")
    is_refusal = isinstance(error, PyMongoError) and any(error.has_error_label(label) for label in retryable)
    return is_refusal or is_outage(error.__cause__)
