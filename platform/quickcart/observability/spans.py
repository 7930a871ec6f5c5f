"""Spans on their way out: without people and keys, like log lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from quickcart.observability import scrubbing


class ScrubbingExporter(SpanExporter):
    """Hides what must not leave, then hands on.

    A database's complaint names the row it complains of, and lands in the span of the
    statement: spans cannot be changed once they have ended, so copies are sent.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self.exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.exporter.export([_scrubbed(span) for span in spans])

    def shutdown(self) -> None:
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.exporter.force_flush(timeout_millis)


def _scrubbed(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=scrubbing.scrub(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[
            Event(event.name, _clean(event.attributes), event.timestamp)
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=_clean_status(span.status),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean_status(status: Status) -> Status:
    """Return it without what the database quotes: it is worded by the exception."""
    if not status.description:
        return status
    return Status(status.status_code, scrubbing.scrub(status.description))


def _clean(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    cleaned: dict[str, Any] = scrubbing.scrub_deep(attributes or {})  # type: ignore[assignment]  # a mapping in, a dict out
    return cleaned
