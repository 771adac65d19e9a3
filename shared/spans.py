"""`shared.tracing` by OpenTelemetry: imported only where that is wanted and installed.

Spans leave over OTLP/HTTP in batches, from a thread of the SDK's. Sampling, headers, time-outs and the rest are its
standard variables (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, …). Its instrumentations of Django, requests and
psycopg are not used: they put paths, and with them names, into spans, and Django's own cursors hide from the last.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.request_context import trace_context

Attributes = Mapping[str, str | int]

_W3C = TraceContextTextMapPropagator()
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)


class _Named:
    """A span of the SDK's as `shared.tracing.Span`."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def is_called(self, name: str) -> None:
        self._span.update_name(name)

    def has(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def failed(self, kind: str) -> None:
        self._span.set_status(StatusCode.ERROR)
        self._span.set_attribute("error.type", kind)


class Spans:
    """`shared.tracing.Recorder`."""

    def __init__(self, service: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("shared.tracing")
        connection_created.connect(self._follow, weak=False)

    def serving(self, traceparent: str | None) -> AbstractContextManager[_Named]:
        return self._span("request", SpanKind.SERVER, {}, _remote(traceparent or ""))

    def working(self, name: str, traceparent: str | None) -> AbstractContextManager[_Named]:
        return self._span(name, SpanKind.CONSUMER, {}, _remote(traceparent or ""))

    def asking(self, name: str, attributes: Attributes) -> AbstractContextManager[_Named]:
        if get_current_span() is INVALID_SPAN:
            return nullcontext(_Named(INVALID_SPAN))
        return self._span(name, SpanKind.CLIENT, attributes, None)

    def flush(self) -> None:
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, kind: SpanKind, attributes: Attributes, parent: Context | None) -> Iterator[_Named]:
        """The span is also the place in the trace that logs and calls to the other service tell of."""
        with (
            self._tracer.start_as_current_span(
                name, parent, kind, attributes, record_exception=False, set_status_on_exception=False
            ) as span,
            trace_context(_traceparent(span)),
        ):
            named = _Named(span)
            try:
                yield named
            except Exception as error:
                named.failed(error.__class__.__name__)
                raise

    def _follow(self, sender: object, connection: BaseDatabaseWrapper, **_: Any) -> None:
        """Sent whenever a connection is made or taken from the pool."""
        if self._statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._statement)

    def _statement(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        with self.asking(*_told(str(sql), context["connection"].vendor)):
            return execute(sql, params, many, context)


def _told(sql: str, vendor: str) -> tuple[str, Attributes]:
    """`SELECT post` and the like: what is done to the first table that is named, which is all that is told of it."""
    verb = sql.lstrip(" \n(").partition(" ")[0].split("\n")[0].upper()
    table = _TABLE.search(sql)
    attributes = {"db.system.name": vendor, "db.operation.name": verb}
    if table is None:
        return verb, attributes
    return f"{verb} {table[1]}", attributes | {"db.collection.name": table[1]}


def _remote(traceparent: str) -> Context:
    """The caller's place in its trace; none where the header is malformed or missing, so that a new trace begins."""
    return _W3C.extract({"traceparent": traceparent}, context=Context())


def _traceparent(span: Span) -> str:
    place = span.get_span_context()
    return f"00-{place.trace_id:032x}-{place.span_id:016x}-{place.trace_flags:02x}"
