"""The doors to the shelves: all goods, a category, a product, a search.

The pages are the same for everybody and set no cookie.
"""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from storefront import frame
from storefront.browse import finding, pages, selectors
from storefront.browse.listing import Listing
from storefront.cards.models import CardQuerySet, ProductCard


@require_safe
@frame.for_everybody
def index(request: HttpRequest) -> HttpResponse:
    """Show all goods."""
    everything = ProductCard.objects.for_listing()
    listing = _listing(request, everything)
    crumbs = pages.crumbs(_("All goods"))
    return _listed(request, "browse/index.html", listing, {"crumbs": crumbs})


@require_safe
@frame.for_everybody
def category(request: HttpRequest, category_slug: str, pk: str) -> HttpResponse:
    """Show a category and what is below it."""
    number = int(pk)
    find = partial(selectors.aisle, number)
    aisle = frame.of(request).once("aisle", number, find)
    if aisle is None:
        raise Http404
    if request.path != aisle.url:
        return redirect(pages.with_query(aisle.url, request), permanent=True)
    cards = ProductCard.objects.in_category(aisle.category.pk).for_listing()
    listing = _listing(request, cards)
    return _listed(request, "browse/category.html", listing, pages.of_aisle(aisle))


@require_safe
@frame.for_everybody
def detail(request: HttpRequest, product_slug: str, pk: str) -> HttpResponse:
    """Show a product."""
    goods = selectors.goods(int(pk))
    if goods is None:
        raise Http404
    if request.path != goods.card.url:
        return redirect(goods.card.url, permanent=True)
    context = pages.of_goods(goods, shelf=_shelf_of(request, goods.card))
    return TemplateResponse(request, "browse/product.html", context)


@require_safe
@frame.for_everybody
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches the words, or is like them."""
    text = request.GET.get("q", "").strip()[: finding.LONGEST]
    found = finding.find(text, query=request.GET, path=request.path)
    return _listed(request, "browse/search.html", found.listing, pages.of_search(found))


def _shelf_of(request: HttpRequest, card: ProductCard) -> list[ProductCard]:
    for category_id in card.category_ids[:1]:
        found = partial(selectors.beside, category_id)
        return frame.of(request).once("shelf", category_id, found) or []
    return []


def _listing(request: HttpRequest, cards: CardQuerySet) -> Listing:
    totals: dict[str, int] = frame.of(request).once("totals", "", dict) or {}
    return Listing(cards, query=request.GET, path=request.path, totals=totals)


def _listed(
    request: HttpRequest, template: str, listing: Listing, context: pages.Context
) -> HttpResponse:
    if listing.is_past_the_end:
        # An old link to a page that goods have since sold away from.
        return redirect(listing.url_of(listing.last_number))
    context = pages.of_listing(listing) | context
    return TemplateResponse(request, template, context)
