"""Errors for Sentry, or whatever speaks its protocol, where SENTRY_DSN names one.

Nothing of it is imported otherwise. A report says the shop, the request or the task,
and where in the code; no person, no key, no local variable, no body of a request.
"""

import os
from typing import Any

from django.conf import settings

#: Parts of a request that say who sent it.
PRIVATE = ("cookies", "data", "env", "query_string")

Event = dict[str, Any]


def start(program: str) -> None:
    """Report this process's errors, if that is wanted."""
    dsn = settings.SENTRY_DSN
    if not dsn:
        return
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        environment=os.environ.get("SENTRY_ENVIRONMENT", "production"),
        release=os.environ.get("SENTRY_RELEASE"),
        integrations=[
            DjangoIntegration(middleware_spans=False, cache_spans=False),
            CeleryIntegration(),
        ],
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=clean,  # type: ignore[arg-type]  # theirs is a TypedDict
        before_breadcrumb=_clean_breadcrumb,
    )
    sentry_sdk.set_tag("program", program)


def clean(event: Event, _hint: dict[str, Any]) -> Event:
    """Return a report as it may leave, with the names by which it is found."""
    from quickcart import logs
    from quickcart.observability import scrubbing
    from tenants import logs as shops

    request = event.get("request")
    if request:
        for part in PRIVATE:
            request.pop(part, None)
        headers = request.get("headers", {})
        kept = {"Host", "User-Agent", "Accept-Language"}
        request["headers"] = {name: headers[name] for name in kept & headers.keys()}
    event.pop("user", None)
    cleaned: Event = scrubbing.scrub_deep(event, spared=_SPARED)  # type: ignore[assignment]  # a dict in, a dict out
    tags = cleaned.setdefault("tags", {})
    tags["shop"] = shops.name_in_force()
    for name in ("request_id", "task_id"):
        value = logs.bound(name)
        if value:
            tags[name] = value
    return cleaned


#: What the protocol itself needs, and reads like keys.
_SPARED = frozenset(
    {"event_id", "trace_id", "span_id", "parent_span_id", "timestamp", "platform"}
    | {"sdk", "modules", "type", "module", "filename", "abs_path", "function"}
)


def _clean_breadcrumb(crumb: Event, _hint: dict[str, Any]) -> Event | None:
    from quickcart.observability import scrubbing

    cleaned: Event = scrubbing.scrub_deep(crumb, spared=_SPARED)  # type: ignore[assignment]  # a dict in, a dict out
    return cleaned
