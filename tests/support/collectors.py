"""A server that takes what OpenTelemetry and Sentry send, in their own protocols."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}


@dataclass(frozen=True)
class Span:
    """A span as it came over the wire."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    facts: dict[str, Any]
    text: str


@dataclass
class Collector:
    """What has been sent so far."""

    port: int = 0
    spans: list[Span] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def otlp(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.port}/1"


@contextmanager
def collecting() -> Iterator[Collector]:
    """Take whatever is sent to a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            coding = self.headers.get("Content-Encoding")
            body = UNPACK.get(coding or "", bytes)(body)
            answer = b"{}"
            if self.path == "/v1/traces":
                collector.spans += _spans(body)
                answer = ExportTraceServiceResponse().SerializeToString()
            elif self.path.endswith("/envelope/"):
                collector.events += _events(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _spans(body: bytes) -> Iterator[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        about = _facts(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=about["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    facts=_facts(span.attributes),
                    text=str(span),
                )


def _facts(attributes: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes
    }


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    """Read an envelope: a line about it, then for each item a line and its payload.

    https://develop.sentry.dev/sdk/data-model/envelopes/
    """
    lines = body.split(b"\n")
    for head, payload in zip(lines[1::2], lines[2::2], strict=False):
        if json.loads(head).get("type") == "event":
            yield json.loads(payload)
