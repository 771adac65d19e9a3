"""One JSON object a line on standard output: an event name, fields, the ids of request and trace; never a secret, and
nobody's name, address or plain id (`shared/redaction.py`).

The standard `logging` calls stay: `logger.info("outbox.delivered", extra={"event_id": …})`.
"""

import logging
from typing import Any

import orjson
import structlog
from structlog.types import EventDict, Processor

from shared.redaction import Pseudonyms
from shared.request_context import current_request_id, current_trace_id

# What must never be written down, whatever a caller passes along (ASVS 16.2.5).
_SECRET_NAMES = frozenset({"password", "token", "access", "refresh", "secret", "otp", "code", "authorization", "email"})
_REMOVED = "[removed]"


def logging_config(*, service: str, level: str, log_format: str, pseudonym_key: str) -> dict[str, Any]:
    """Django's LOGGING. `log_format` is `json` or, for people, `console`; people are called as `pseudonym_key` says."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _chain(service),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    # After the traceback has become text, as errors repeat what they were about.
                    _without_people(Pseudonyms(pseudonym_key)),
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
    # Django passes the request object along with its errors; it cannot be written and must not be, nor may its path,
    # which names people: the access log's line of the same request has the route.
    path = getattr(event.pop("request", None), "path", "")
    if path:
        event["event"] = str(event["event"]).replace(path, "[path]")
    for name in event.keys() & _SECRET_NAMES:
        event[name] = _REMOVED
    return event


def _without_people(pseudonyms: Pseudonyms) -> Processor:
    def replace(_logger: logging.Logger, _method: str, event: EventDict) -> EventDict:
        return {name: pseudonyms.in_field(name, value) for name, value in event.items()}

    return replace


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        # Tracebacks come as text: the pretty one takes seconds to draw and shows every local variable, secrets too.
        return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(_dumps)


def _dumps(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
