"""The hub's front page: every shop of the network."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from hub import directory
from kernel import clock
from tenants import hosts
from tenants.editions import marks
from ui import pages

PAGE_SIZE = 48
LONGEST_QUESTION = 100
#: Shops' pictures come from the shops' own hosts.
SHOP_HOSTS = f"{settings.QUICKCART_SCHEME}://*.{settings.QUICKCART_DOMAIN}:*"
#: A page of shops none of which says when it opens.
LONGEST = timedelta(days=1)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the live shops, or those that the words asked for are found in."""
    now = clock.now()
    words = request.GET.get("q", "")[:LONGEST_QUESTION].strip()
    paginator = Paginator(directory.live_shops(words=words), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    shops = list(directory.entries(page.object_list, now=now))
    colours = _colours(shops)
    context = {
        "words": words,
        "canonical": hosts.hub_url(),
        "colours": colours,
        "shops": shops,
        "fronts": [] if words else [shop for shop in shops if shop.picture_url][:3],
        "count": paginator.count,
        "page": page,
        "page_links": pages.links(
            current=page.number,
            total=paginator.num_pages,
            url_of=lambda number: f"?{urlencode({'q': words, 'page': number})}",
        ),
    }
    policy = {"img-src": [SHOP_HOSTS], "style-src": [_hash_of(colours)]}
    response: HttpResponse = csp_update(policy)(render)(
        request, "hub/home.html", context
    )
    ends = (shop.stands_until for shop in shops)
    marks.for_everybody(response, until=min(ends, default=now + LONGEST))
    return response


def _colours(shops: Iterable[directory.Entry]) -> SafeString:
    """Return the shops' colours as CSS; each is six hex digits (`hub.directory`)."""
    pairs = ((shop.id, shop.colour) for shop in shops if shop.colour)
    return format_html_join("", '[data-shop="{}"]{{--shop:{}}}', pairs)


def _hash_of(style: str) -> str:
    """Return what names a style in a policy: a nonce would be one visitor's."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
