"""The doors to a shop's look: its stylesheet and its icon."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from storefront.profile import looks
from storefront.profile.models import ShopProfile
from tenants import context
from ui import theme

YEAR = 31_536_000


@require_safe
def theme_css(request: HttpRequest) -> HttpResponseBase:
    """Send the shop's colours, type and corners as CSS variables."""
    look = looks.theme_of(ShopProfile.load())
    return _versioned(
        request,
        HttpResponse(theme.stylesheet(look), content_type="text/css"),
        version=theme.version(look),
    )


@require_safe
def icon(request: HttpRequest) -> HttpResponseBase:
    """Send the shop's initial on its colour, for tabs and bookmarks."""
    look = looks.theme_of(ShopProfile.load())
    drawing = looks.icon(look, name=context.current_shop().name)
    return _versioned(
        request,
        HttpResponse(drawing, content_type="image/svg+xml"),
        version=theme.version(look),
    )


def _versioned(
    request: HttpRequest, response: HttpResponse, *, version: str
) -> HttpResponseBase:
    """Let browsers keep what was asked for by its version, for good.

    Any other address is asked for anew each time.
    """
    response["ETag"] = quote_etag(version)
    if request.GET.get("v") == version:
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    found = get_conditional_response(request, etag=response["ETag"], response=response)
    return found or response
