"""Spans for whoever collects them: an option, which costs nothing where `OTEL_EXPORTER_OTLP_ENDPOINT` is not set.

What is measured: each request, call to the other service, statement of a database, job and delivery. What is said of
them: routes, methods, statuses, names of tables and tasks; never a path, a query, a header, a parameter, the message of
an error. What has no cause worth a trace, such as the looks that workers take every moment, makes no span.
"""

import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from multiprocessing.util import Finalize
from typing import Protocol

from shared.env import ConfigurationError, is_installed

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
# How long the end of a process may be put off by whoever collects spans.
FLUSH_SECONDS = 0.3

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """What is going on; `with` ends it, and an exception that leaves it is noted by its class."""

    def is_called(self, name: str) -> None: ...

    def has(self, attributes: Attributes) -> None: ...

    def failed(self, kind: str) -> None:
        """:param kind: the class of an error, or a status."""


class Recorder(Protocol):
    def serving(self, traceparent: str | None) -> AbstractContextManager[Span]: ...

    def working(self, name: str, traceparent: str | None) -> AbstractContextManager[Span]: ...

    def asking(self, name: str, attributes: Attributes) -> AbstractContextManager[Span]: ...

    def flush(self) -> None: ...


class _Unrecorded:
    def is_called(self, name: str) -> None:
        pass

    def has(self, attributes: Attributes) -> None:
        pass

    def failed(self, kind: str) -> None:
        pass


_UNRECORDED: AbstractContextManager[Span] = nullcontext(_Unrecorded())
_recorder: Recorder | None = None


def check(endpoint: str) -> None:
    """:raises ConfigurationError: spans are wanted, and what sends them is not installed."""
    if endpoint and not is_installed("opentelemetry.exporter.otlp.proto.http"):
        raise ConfigurationError(f"{VARIABLE}: needs the packages of requirements-otel.txt, which are not installed")


def start(service: str) -> bool:
    """Record this process's spans as those of `service`, if they are wanted; whether they are.

    To be called after any fork: a thread sends them.
    """
    global _recorder
    if os.environ.get(VARIABLE):
        from shared import spans  # noqa: PLC0415 - its packages are an option

        _recorder = spans.Spans(os.environ.get("OTEL_SERVICE_NAME", service))
        # Unlike `atexit` also where a process is one that `multiprocessing` has forked, as the server does.
        Finalize(None, flush, exitpriority=1)
    return _recorder is not None


def serving(traceparent: str | None) -> AbstractContextManager[Span]:
    """A request that came with that header."""
    return _recorder.serving(traceparent) if _recorder else _UNRECORDED


def working(name: str, traceparent: str | None = None) -> AbstractContextManager[Span]:
    """A job, a delivery: part of the trace that is named, or the beginning of one."""
    return _recorder.working(name, traceparent) if _recorder else _UNRECORDED


def asking(name: str, attributes: Attributes) -> AbstractContextManager[Span]:
    """A question to a database or the other service; only as part of something."""
    return _recorder.asking(name, attributes) if _recorder else _UNRECORDED


def flush() -> None:
    """Send what was recorded, as the last thing a process does; what cannot be sent at once is lost."""
    if _recorder:
        sending = threading.Thread(target=_recorder.flush, daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)
