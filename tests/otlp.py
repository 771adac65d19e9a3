"""Whoever collects spans, on loopback: takes what OpenTelemetry's exporter posts and keeps it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

collected = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="requirements-otel.txt is not installed"
)


@dataclass(frozen=True, kw_only=True)
class Received:
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    is_error: bool


class Collector:
    """`with Collector() as collector:` it listens at `collector.url`."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self) -> list[Received]:
        return [span for body in list(self.bodies) for span in _spans(body)]

    def wait_for(self, is_wanted: Callable[[Received], bool], *, seconds: float = 10) -> Received:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := next(filter(is_wanted, self.spans()), None):
                return found
            time.sleep(0.05)
        raise AssertionError(f"there is no such span among {[span.name for span in self.spans()]}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _spans(body: bytes) -> list[Received]:
    message = collected.ExportTraceServiceRequest.FromString(body)
    return [
        Received(
            service=_attributes(resource.resource)["service.name"],
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            attributes=_attributes(span),
            is_error=span.status.code == span.status.STATUS_CODE_ERROR,
        )
        for resource in message.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _attributes(of: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in of.attributes}
