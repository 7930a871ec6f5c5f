"""The hub's front page: every shop of the network."""

from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub import directory
from kernel import clock
from ui import pages

PAGE_SIZE = 48
LONGEST_QUESTION = 100
#: Shops' pictures come from the shops' own hosts.
SHOP_HOSTS = f"{settings.QUICKCART_SCHEME}://*.{settings.QUICKCART_DOMAIN}:*"


@require_safe
@csp_update({"img-src": [SHOP_HOSTS]})
def home(request: HttpRequest) -> HttpResponse:
    """List the live shops, or those that the words asked for are found in."""
    words = request.GET.get("q", "")[:LONGEST_QUESTION].strip()
    paginator = Paginator(directory.live_shops(words=words), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    shops = list(directory.entries(page.object_list, now=clock.now()))
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
    return render(request, "hub/home.html", context)
