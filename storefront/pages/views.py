"""The door to the shop's own pages, its robots.txt and its sitemap."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from storefront import frame
from storefront.pages import selectors, sitemap
from tenants import context, hosts


@require_safe
@frame.for_everybody
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Show a published page."""
    around = frame.of(request)
    page = around.once("page", path, lambda: selectors.live_page(path))
    if page is None:
        raise Http404
    response: HttpResponse = page.serve(request)
    return response


@require_safe
@frame.for_everybody
def robots(request: HttpRequest) -> HttpResponse:
    shop = context.current_shop()
    place = {"sitemap_url": hosts.shop_url(shop, "/sitemap.xml")}
    return render(request, "pages/robots.txt", place, content_type="text/plain")


@require_safe
@frame.for_everybody
def show_sitemap(request: HttpRequest) -> HttpResponse:
    entries = sitemap.entries(context.current_shop())
    return render(
        request, "pages/sitemap.xml", {"entries": entries}, content_type="text/xml"
    )
