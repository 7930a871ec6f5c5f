"""The doors to the shelves: all goods, a category, a product, a search.

The pages are the same for everybody and set no cookie.
"""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from storefront import frame
from storefront.browse import finding, pages, selectors
from storefront.browse.listing import Listing
from storefront.browse.selectors import Goods, Offer
from storefront.cards.models import CardQuerySet, ProductCard


@require_safe
@frame.for_everybody
def index(request: HttpRequest) -> HttpResponse:
    """Show all goods."""
    listing = _listing(request, ProductCard.objects.for_listing)
    crumbs = pages.crumbs(_("All goods"))
    return _listed(request, "browse/index.html", listing, {"crumbs": crumbs})


@require_safe
@frame.for_everybody
def category(request: HttpRequest, category_slug: str, pk: str) -> HttpResponse:
    """Show a category and what is below it."""
    number = int(pk)
    around = frame.of(request)
    aisle = around.once("aisle", number, partial(selectors.aisle, number))
    if aisle is None:
        raise Http404
    if request.path != aisle.url:
        return redirect(pages.with_query(aisle.url, request), permanent=True)
    listing = _listing(request, partial(selectors.on_shelf, number))
    page = around.once("aisle's page", number, partial(pages.of_aisle, aisle)) or {}
    return _listed(request, "browse/category.html", listing, page)


@require_safe
@frame.for_everybody
def detail(request: HttpRequest, product_slug: str, pk: str) -> HttpResponse:
    """Show a product."""
    around = frame.of(request)
    goods, offer = _found(around, int(pk))
    if request.path != goods.card.url:
        return redirect(goods.card.url, permanent=True)
    page = partial(pages.of_goods, goods, offer)
    context = around.once("product", (goods.card.pk, offer), page) or {}
    beside = _beside(around, goods.card)
    response = TemplateResponse(request, "browse/product.html", context | beside)
    if not offer.is_on(goods.card):
        # The edition will not end with what no card has heard of: an order may be
        # cancelled before it has.
        frame.for_the_moment(response)
    return response


@require_safe
@frame.for_everybody
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches the words, or is like them."""
    text = request.GET.get("q", "").strip()[: finding.LONGEST]
    around = frame.of(request)
    found = finding.find(text, query=request.GET, path=request.path, around=around)
    page = pages.of_search(found, around=around)
    return _listed(request, "browse/search.html", found.listing, page)


def _found(around: frame.Frame, product_id: int) -> tuple[Goods, Offer]:
    """Return a product and what it can be had for now, by one query either way.

    Raises:
        Http404: if the shop does not sell it.
    """
    goods: Goods | None = around.known("goods", product_id)
    if goods is not None:
        offer = selectors.offer(goods)
        if offer is not None:
            return goods, offer
        raise Http404
    found = selectors.goods(product_id)
    if found is None:
        raise Http404
    around.keep("goods", product_id, found[0])
    return found


def _beside(around: frame.Frame, card: ProductCard) -> pages.Context:
    """Return what stands on the shelf beside a card, and a name for just that."""
    for category_id in card.category_ids[:1]:
        found = partial(selectors.beside, category_id)
        shelf = around.once("shelf", category_id, found) or []
        is_among = any(other.pk == card.pk for other in shelf)
        return {
            "related": selectors.related(card, shelf=shelf),
            "shelf": f"{category_id} {card.pk if is_among else ''}",
        }
    return {}


def _listing(request: HttpRequest, source: Callable[[], CardQuerySet]) -> Listing:
    return Listing(frame.of(request), source, query=request.GET, path=request.path)


def _listed(
    request: HttpRequest, template: str, listing: Listing, context: pages.Context
) -> HttpResponse:
    if listing.is_past_the_end:
        # An old link to a page that goods have since sold away from.
        return redirect(listing.url_of(listing.last_number))
    context = pages.of_listing(listing) | context
    return TemplateResponse(request, template, context)
