"""One JSON object a line on standard output: an event name, fields, the ids of request and trace; never a secret, and
of people a pseudonym in the place of their id.

The standard `logging` calls stay: `logger.info("outbox.delivered", extra={"event_id": …})`.
"""

import logging
from typing import Any

import orjson
import structlog
from structlog.types import EventDict, Processor

from shared.pseudonyms import pseudonym
from shared.request_context import current_request_id, current_trace_id

# What must never be written down, whatever a caller passes along (ASVS 16.2.5).
_SECRET_NAMES = frozenset({"password", "token", "access", "refresh", "secret", "otp", "code", "authorization", "email"})
_REMOVED = "[removed]"
# Who it was about stands there as a pseudonym: logs outlive people's accounts, and nobody erases lines of them.
_PEOPLE = frozenset({"user_id", "profile_id"})
_PSEUDONYM_DIGITS = 16


def logging_config(*, service: str, level: str, log_format: str) -> dict[str, Any]:
    """Django's LOGGING. `log_format` is `json` or, for people, `console`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _chain(service),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([structlog.processors.format_exc_info] if log_format == "json" else []),
                    _renderer(log_format),
                ],
            }
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "structured"}
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Django logs every 4xx as a warning; the access log has them already.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "ERROR"},
            # With a traceback for every scanner that comes by; the access log has the 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "pymongo": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            # Whoever collects spans being away is told once for each batch that is lost, not at each try.
            "opentelemetry": {"level": "ERROR"},
        },
    }  # fmt: skip


def _chain(service: str) -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_context(service),
        _without_secrets,
        _without_people,
    ]


def _with_context(service: str) -> Processor:
    def add(_logger: logging.Logger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        if request_id := current_request_id():
            event.setdefault("request_id", request_id)
        if trace_id := current_trace_id():
            event.setdefault("trace_id", trace_id)
        return event

    return add


def _without_secrets(_logger: logging.Logger, _method: str, event: EventDict) -> EventDict:
    # Django passes the request object along with its errors; it cannot be written and must not be.
    event.pop("request", None)
    for name in event.keys() & _SECRET_NAMES:
        event[name] = _REMOVED
    return event


def of_person(user_id: int) -> str:
    """What stands in the log lines about that user."""
    return pseudonym("person in the logs", user_id)[:_PSEUDONYM_DIGITS]


def _without_people(_logger: logging.Logger, _method: str, event: EventDict) -> EventDict:
    for name in event.keys() & _PEOPLE:
        if event[name]:
            event[name] = of_person(event[name])
    return event


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        # The pretty traceback takes seconds to draw and shows every local variable, secrets too.
        return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(_dumps)


def _dumps(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
