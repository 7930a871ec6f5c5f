"""Log lines: JSON for machines, one plain line for people; the same facts in both.

All code logs through the standard library. Every line says the shop, and the request
or task it belongs to; who is signed in is a number, never an address. What reads like
a person or a key is hidden (`observability.scrubbing`), in tracebacks too.
"""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from quickcart.observability import scrubbing

#: Names our own processes gave: they look like keys and are none.
IDS = frozenset({"request_id", "task_id", "trace_id", "span_id", "timestamp"})
HEAD = ("timestamp", "level", "shop", "logger", "event", "exception", "stack")


def formatter(*, as_json: bool) -> logging.Formatter:
    """Return what LOGGING names: the formatter of every handler."""
    ending: list[Processor] = [_in_order, structlog.processors.JSONRenderer()]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _facts_of_the_record,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _scrubbed,
            *(ending if as_json else [_line]),
        ],
    )


def bind(**facts: str) -> None:
    """Say on every line from here on, in this request or task, what it belongs to."""
    structlog.contextvars.bind_contextvars(**facts)


def forget() -> None:
    """Leave a request or task: the next one on this thread begins clean."""
    structlog.contextvars.clear_contextvars()


def bound(name: str) -> str | None:
    """Return what was bound under a name."""
    value: str | None = structlog.contextvars.get_contextvars().get(name)
    return value


def _facts_of_the_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["shop"] = getattr(record, "shop", "-")
    request = getattr(record, "request", None)
    request_id = getattr(request, "request_id", None)
    if request_id:
        event["request_id"] = request_id
    # Django resolves it lazily; whoever has not been asked for is not looked up.
    user = getattr(request, "_cached_user", None)
    user_id = getattr(user, "pk", None)
    if user_id is not None:
        event["user_id"] = user_id
    event.update(getattr(record, "facts", {}))
    if "opentelemetry.trace" in sys.modules:
        event.update(_trace())
    return event


def _trace() -> dict[str, str]:
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
    }


def _scrubbed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    scrubbed: dict[str, Any] = scrubbing.scrub_deep(event, spared=IDS)  # type: ignore[assignment]  # a dict in, a dict out
    return scrubbed


def _in_order(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put first what is looked for first."""
    head = {name: event[name] for name in HEAD if name in event}
    return head | {name: event[name] for name in event if name not in head}


def _line(_: WrappedLogger, __: str, event: EventDict) -> str:
    facts = "".join(
        f" {name}={value}" for name, value in event.items() if name not in HEAD
    )
    traceback = "".join(f"\n{event[name]}" for name in HEAD[5:] if event.get(name))
    return (
        f"{event['timestamp'][:23]} {event['level'].upper()} [{event['shop']}] "
        f"{event['logger']}: {event['event']}{facts}{traceback}"
    )
