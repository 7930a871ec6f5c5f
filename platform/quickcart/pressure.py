"""Turning away instead of piling up.

A web worker serves one request at a time. What waits too long (for a lock, for a
statement, in the queue before us) is answered "try again in a moment" while somebody
still waits for the answer, and gives way to who comes after. So is what is too much for
one shop while others are asked for (`quickcart.turns`).
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template import loader

from quickcart import turns
from quickcart.observability import metrics

View = Callable[[HttpRequest], HttpResponse]

#: What a proxy says: when it took the request in, in seconds since 1970.
QUEUED_SINCE = "X-Request-Start"
#: Seconds no request waits: long before, its sender and the proxy have given up.
IMPLAUSIBLE = 120.0
#: Whose turn the hub's is.
HUB = "public"
#: Seconds after which who was turned away may ask again.
A_MOMENT = 5


def bound_statements(*, statement: float, lock: float) -> None:
    """Bound what this process asks of the database, in seconds; 0: no bound.

    Call it before the first connection. A pooler does not pass these on: there they
    belong to the pooler's own connections (docs/howto/watch.md).
    """
    bounds = {
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": statement * 2,
    }
    words = [
        f"-c {name}={int(value * 1000)}" for name, value in bounds.items() if value
    ]
    if words:
        options = connections.settings["default"].setdefault("OPTIONS", {})
        options["options"] = " ".join([options.get("options", ""), *words]).strip()


class SheddingMiddleware:
    """Turn away at once what waited too long before it reached us, or is too much.

    Under more load than we can carry every request waits as long as its sender does,
    and is answered when nobody listens any more. The proxy says when it took it in.
    Who forges that turns away himself.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        place: turns.Place | None = request.META.get(turns.PLACE)
        if place is not None and place.is_crowded:
            metrics.refused.labels("crowd").inc()
            return try_again()
        since = request.headers.get(QUEUED_SINCE)
        if since and _seconds_since(since) > settings.LONGEST_QUEUE:
            metrics.refused.labels("queue").inc()
            return try_again()
        response = self.get_response(request)
        if place is not None and hasattr(request, "tenant"):
            place.shop = request.tenant.schema_name if request.tenant else HUB
        return response


def try_again() -> HttpResponse:
    """Return the page that asks for a moment's patience; it asks nothing of anybody."""
    page = HttpResponse(loader.render_to_string("ui/503.html"), status=503)
    page["Retry-After"] = str(A_MOMENT)
    page["Cache-Control"] = "no-store"
    return page


def _seconds_since(text: str) -> float:
    """Return how long a request has waited; 0 if what is said cannot be so.

    The proxy's clock may be another machine's. Where the two differ by minutes, every
    page would be turned away for nothing: such a word is passed over.
    """
    try:
        waited = time.time() - float(text.removeprefix("t="))
    except ValueError:
        return 0.0
    return waited if 0 <= waited <= IMPLAUSIBLE else 0.0
