"""What is seen of each request from the outside of everything else."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from quickcart import logs
from quickcart.observability import access, doors, metrics, shops, tracing

logger = logging.getLogger("quickcart.requests")

View = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{7,63}")
#: The view of a page that was answered as it was kept.
KEPT = "kept page"
#: What was answered for a shop that is closed: a 503, and no error of ours.
SUSPENDED = "suspended"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HealthMiddleware:
    """Answer those who watch, for any host, before anything can be in the way."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        self.doors = doors.of_web()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in self.doors:
            return self.get_response(request)
        reply = self.doors.answer(
            request.path,
            access.lower(request.headers.items()),
            address=request.META.get("REMOTE_ADDR", ""),
        )
        assert reply is not None  # noqa: S101 (it is one of the doors)
        response = HttpResponse(
            reply.body, status=reply.status, content_type=reply.content_type
        )
        response["Cache-Control"] = "no-store"
        # Django would write a line for each answer that is a no.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 (its own mark)
        return response


class WatchMiddleware:
    """Name each request, count it, time it, and let its lines and spans find together.

    A request keeps the name a proxy gave it, if it is well-formed; the answer says it.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        metrics.listen()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _name_of(request)
        # Django writes some lines after we are done with it.
        request.request_id = request_id  # type: ignore[attr-defined]  # ours
        logs.forget()
        logs.bind(request_id=request_id)
        counting, began = _Queries(), time.perf_counter()
        metrics.requests_in_progress.inc()
        try:
            with tracing.request(request) as span, connection.execute_wrapper(counting):
                response = self.get_response(request)
                tracing.answered(span, request, response)
                took = time.perf_counter() - began
                self._note(request, response, counting.count, took)
        finally:
            metrics.requests_in_progress.dec()
            logs.forget()
        response[REQUEST_ID] = request_id
        return response

    def _note(
        self, request: HttpRequest, response: HttpResponse, queries: int, took: float
    ) -> None:
        view, shop = view_of(request), shops.label_of(request)
        method = request.method if request.method in METHODS else "other"
        status = status_of(request, response)
        metrics.requests.labels(view, method, status).inc()
        metrics.request_seconds.labels(view).observe(took)
        metrics.request_queries.observe(queries)
        metrics.view_queries.labels(view).inc(queries)
        metrics.shop_requests.labels(shop, status).inc()
        metrics.shop_seconds.labels(shop).inc(took)
        if getattr(request, "edition", None):
            metrics.page_cache.labels("hit" if view == KEPT else "miss").inc()
        level = logging.WARNING if took > settings.SLOW_REQUEST else logging.INFO
        if logger.isEnabledFor(level):
            facts = {
                "view": view,
                "method": method,
                "status": response.status_code,
                "ms": round(took * 1000, 1),
                "queries": queries,
            }
            words = "slow request" if level == logging.WARNING else "request"
            logger.log(level, words, extra={"request": request, "facts": facts})


class _Queries:
    """Counts the statements of one request."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: Any,
    ) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def view_of(request: HttpRequest) -> str:
    """Return the name of the view that answered; there are as many as in the code."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    if request.path.startswith(settings.STATIC_URL):
        return "static"
    return KEPT if hasattr(request, "is_kept") else "none"


def status_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return which kind of answer it was: 2xx to 5xx, or that of a suspended shop."""
    if hasattr(request, "is_suspended"):
        return SUSPENDED
    return f"{response.status_code // 100}xx"


def _name_of(request: HttpRequest) -> str:
    given = request.headers.get(REQUEST_ID, "")
    return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(10)
