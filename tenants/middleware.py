"""From the host of a request to the shop in force."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import set_urlconf
from django.utils import timezone, translation

from tenants import context, hosts
from tenants.models import Shop

if TYPE_CHECKING:
    from collections.abc import Callable


class ShopMiddleware:
    """Put the shop of the host in force; the hub's own host gets the hub.

    A host that is neither gets a friendly 404 that leads to the hub. After the
    response whoever was in force before is again: public, so that nothing that
    runs between two requests of a worker runs for a shop; or the shop itself,
    whose workspace asks for a page's preview by a request within its own.
    """

    def __init__(
        self, get_response: "Callable[[HttpRequest], HttpResponseBase]"
    ) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with context.in_public():
            try:
                host, _port = split_domain_port(request.get_host())
            except DisallowedHost:
                return HttpResponse("Bad host name.\n", status=400)
            return self._respond(request, host)

    def _respond(self, request: HttpRequest, host: str) -> HttpResponseBase:
        if host == settings.QUICKCART_DOMAIN:
            request.tenant = None  # type: ignore[attr-defined]  # django-tenants' name
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
            return self.get_response(request)
        shop = _shop_of(request, host)
        if shop is None:
            set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
            page = {"hub_url": hosts.hub_url(), "host": host}
            return render(request, "tenants/unknown_host.html", page, status=404)
        if shop.state == Shop.State.SUSPENDED:
            return _closed(request, shop)
        request.tenant = shop  # type: ignore[attr-defined]
        with _in_force(shop):
            response = self.get_response(request)
        is_file = isinstance(response, FileResponse)
        if isinstance(response, StreamingHttpResponse) and not is_file:
            response.streaming_content = _parts(shop, iter(response))
        return response


@contextmanager
def _in_force(shop: Shop) -> Iterator[None]:
    with (
        context.inside(shop),
        timezone.override(shop.zone),
        translation.override(shop.language),
    ):
        yield


def _parts(shop: Shop, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Make each part of an answer for its shop, whose request is over by then.

    Between two of them nobody is in force: who reads them may never come back.
    """
    while True:
        with _in_force(shop):
            part = next(parts, None)
        if part is None:
            return
        yield part


def _closed(request: HttpRequest, shop: Shop) -> HttpResponse:
    """Say that a shop is closed: as it is meant to be, so it counts as no error."""
    request.is_suspended = True  # type: ignore[attr-defined]  # ours, for the figures
    page = {"hub_url": hosts.hub_url(), "shop": shop}
    response = render(request, "tenants/suspended.html", page, status=503)
    # Django would write a line for each, and of level error.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 (its own mark)
    return response


def _shop_of(request: HttpRequest, host: str) -> Shop | None:
    """Return the host's shop; whoever looked before us knows it (`tenants.editions`).

    Only for reading was it looked up a moment ago: what writes asks now.
    """
    if hasattr(request, "edition"):
        return request.edition.shop if request.edition else None
    return hosts.shop_of_host(host)
