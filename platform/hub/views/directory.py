"""The hub's front page: every shop of the network."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from django_tenants.utils import get_public_schema_name

from hub import directory
from kernel import clock
from tenants import hosts
from tenants.editions import marks
from tenants.editions.parts import LatestParts
from ui import pages

PAGE_SIZE = 48
LONGEST_QUESTION = 100
#: Shops' pictures come from the shops' own hosts.
SHOP_HOSTS = f"{settings.QUICKCART_SCHEME}://*.{settings.QUICKCART_DOMAIN}:*"
#: A page of shops none of which says when it opens.
LONGEST = timedelta(days=1)
#: Pages of the directory that are kept, each drawn once for an edition.
LAST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the directory, and until when it says what is so."""

    html: SafeString
    colours: SafeString
    until: datetime


#: Some 100 KB each at most.
_listed: LatestParts[Listed] = LatestParts(most=LAST_KEPT)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the live shops, or those that the words asked for are found in."""
    now = clock.now()
    words = request.GET.get("q", "")[:LONGEST_QUESTION].strip()
    number = request.GET.get("page") or "1"
    draw = partial(_draw, words=words, number=number, now=now)
    listed = draw() if words else _kept(request, number, now=now, draw=draw)
    context = {"words": words, "canonical": hosts.hub_url(), "listed": listed}
    policy = {"img-src": [SHOP_HOSTS], "style-src": [_hash_of(listed.colours)]}
    response: HttpResponse = csp_update(policy)(render)(
        request, "hub/home.html", context
    )
    marks.for_everybody(response, until=listed.until)
    return response


def _kept(
    request: HttpRequest, number: str, *, now: datetime, draw: Callable[[], Listed]
) -> Listed:
    """Return a page of all shops, drawn once for an edition of the directory."""
    is_short = len(number) <= len(str(LAST_KEPT))  # more digits may not be read at all
    is_number = is_short and number.isascii() and number.isdigit()
    if not is_number or int(number) > LAST_KEPT:
        return draw()  # people ask for anything
    return _listed.get(
        (get_public_schema_name(), int(number)),
        edition=marks.edition_of(request),
        now=now,
        make=draw,
        until=lambda listed: listed.until,
    )


def _draw(*, words: str, number: str, now: datetime) -> Listed:
    paginator = Paginator(directory.live_shops(words=words), PAGE_SIZE)
    page = paginator.get_page(number)
    shops = list(directory.entries(page.object_list, now=now))
    context = {
        "words": words,
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
    html = render_to_string("hub/parts/directory.html", context)
    ends = (shop.stands_until for shop in shops)
    return Listed(html, _colours(shops), min(ends, default=now + LONGEST))


def _colours(shops: Iterable[directory.Entry]) -> SafeString:
    """Return the shops' colours as CSS; each is six hex digits (`hub.directory`)."""
    pairs = ((shop.id, shop.colour) for shop in shops if shop.colour)
    return format_html_join("", '[data-shop="{}"]{{--shop:{}}}', pairs)


def _hash_of(style: str) -> str:
    """Return what names a style in a policy: a nonce would be one visitor's."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
