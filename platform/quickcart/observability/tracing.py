"""Traces for an OpenTelemetry collector, where OTEL_EXPORTER_OTLP_ENDPOINT names one.

Nothing of OpenTelemetry is imported otherwise. Requests get their span here and not
from the library's own middleware, which would put whole addresses into it (an order's
address opens the order) and asks for the host before ours has looked at it.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from opentelemetry.trace import Span

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
SERVER_ERROR = 500

_is_on = False


def is_wanted() -> bool:
    """Say whether the environment names a collector."""
    return bool(
        os.environ.get(VARIABLE) or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    )


def start(program: str) -> None:
    """Trace this process, if that is wanted; once, after the last fork."""
    global _is_on  # noqa: PLW0603 (a process is traced or it is not)
    if _is_on or not is_wanted():
        return
    _is_on = True
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from quickcart.observability import spans

    name = os.environ.get("OTEL_SERVICE_NAME", f"quickcart-{program}")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    exporter = spans.ScrubbingExporter(OTLPSpanExporter())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    # psycopg2-binary goes by another name than the one that is looked for.
    Psycopg2Instrumentor().instrument(skip_dep_check=True)
    # Here the task that is sent, there the task that is run: one trace.
    instrumentor: Any = CeleryInstrumentor  # untyped
    instrumentor().instrument()


def tell_shop(name: str) -> None:
    """Say in the span at hand whose it is."""
    if _is_on:
        from opentelemetry import trace

        trace.get_current_span().set_attribute("shop", name)


def stop() -> None:
    """Send what has not been sent yet: the process ends."""
    if _is_on:
        from opentelemetry import trace

        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush(2000)


@contextlib.contextmanager
def request(request: HttpRequest) -> Iterator["Span | None"]:
    """Put a request into a span, a child of the caller's if it names one."""
    if not _is_on:
        yield None
        return
    from opentelemetry import propagate, trace

    from quickcart.observability import access

    parent = propagate.extract(access.lower(request.headers.items()))
    tracer = trace.get_tracer("quickcart")
    with tracer.start_as_current_span(
        f"{request.method}",
        context=parent,
        kind=trace.SpanKind.SERVER,
        attributes={"http.request.method": str(request.method)},
    ) as span:
        yield span


def answered(span: "Span | None", request: HttpRequest, response: HttpResponse) -> None:
    """Say in a request's span what became of it."""
    if span is None:
        return
    from opentelemetry.trace import StatusCode

    from quickcart.observability import middleware, shops

    view, match = middleware.view_of(request), request.resolver_match
    span.update_name(f"{request.method} {view}")
    span.set_attribute("shop", shops.label_of(request))
    span.set_attribute("http.response.status_code", response.status_code)
    if match is not None and match.route is not None:
        span.set_attribute("http.route", str(match.route))
    if response.status_code >= SERVER_ERROR:
        span.set_status(StatusCode.ERROR)
