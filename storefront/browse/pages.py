"""What the shelves' pages tell their templates."""

import json
from typing import Any
from urllib.parse import quote, urljoin

from django.http import HttpRequest
from django.template.loader import get_template
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from storefront.browse import selectors
from storefront.browse.finding import Found
from storefront.browse.listing import Listing
from storefront.browse.selectors import Aisle, Goods, Offer
from storefront.cards.models import ProductCard
from storefront.frame import Frame
from storefront.oscar_apps.catalogue.models import Allergen, Diet
from tenants import context, hosts
from tenants.models import Shop

Context = dict[str, Any]

_SCHEMA = "https://schema.org/"


def crumbs(title: str, *above: selectors.Crumb) -> list[Context]:
    """Return breadcrumbs from the front page down to `title`."""
    way = [{"title": crumb.title, "url": crumb.url} for crumb in above]
    return [{"title": _("Home"), "url": "/"}, *way, {"title": title, "url": ""}]


def with_query(url: str, request: HttpRequest) -> str:
    """Return an address with the request's query."""
    query = request.META.get("QUERY_STRING", "")
    return f"{url}?{quote(query, safe='=&+%')}" if query else url


def of_listing(listing: Listing) -> Context:
    return {
        "listing": listing,
        "is_indexed": listing.number == 1 and not listing.is_filtered,
    }


def of_aisle(aisle: Aisle) -> Context:
    category = aisle.category
    return {
        "category": category,
        "children": aisle.children,
        "crumbs": crumbs(category.name, *aisle.trail[:-1]),
        "page_title": category.get_meta_title(),
        "page_description": Truncator(category.get_meta_description()).chars(160),
    }


def of_search(found: Found, *, around: Frame) -> Context:
    title = _("Search: %(text)s") % {"text": found.text} if found.text else _("Search")
    before, after = around.once("search box", "", _draw_box) or _draw_box()
    return {
        "found": found,
        "page_title": title,
        "crumbs": SimpleLazyObject(lambda: crumbs(_("Search"))),
        # Both sides were drawn by a template.
        "box": mark_safe(f"{before}{escape(found.text)}{after}"),  # noqa: S308
    }


def _draw_box() -> tuple[str, str]:
    """Return what stands before and after the words in the page's search box."""
    place = "\0"  # no template has it
    facts = {
        "url": reverse("catalogue:search"),
        "value": place,
        "placeholder": _("Apples, oat milk, a brand …"),
        "id": "page-search",
        "kind": "large",
    }
    box = get_template("ui/components/search_box.html").render(facts)
    before, _words, after = box.partition(place)
    return before, after


def of_goods(goods: Goods, offer: Offer) -> Context:
    card, product = goods.card, goods.product
    return {
        "card": card,
        "product": product,
        "offer": offer,
        "picture": card.picture.get("large") or card.picture,
        "crumbs": crumbs(card.title, *goods.trail),
        "diets": [Diet(diet).label for diet in card.diets],
        "contains": _labels(product.allergens or []),
        "may_contain": _labels(product.may_contain),
        "aisle": goods.trail[-1] if goods.trail else None,
        "set_url": reverse("basket:add"),
        "page_title": product.get_meta_title(),
        "page_description": Truncator(product.get_meta_description()).chars(160),
        "structured": structured(goods, offer),
    }


def structured(goods: Goods, offer: Offer) -> SafeString:
    """Return the product as JSON-LD, safe inside a script element."""
    shop = context.current_shop()
    card, product = goods.card, goods.product
    is_out = offer.state == ProductCard.StockState.OUT
    offered = {
        "@type": "Offer",
        "url": hosts.shop_url(shop, card.url),
        "price": str(offer.price),
        "priceCurrency": card.currency,
        "availability": _SCHEMA + ("OutOfStock" if is_out else "InStock"),
        "availableDeliveryMethod": f"{_SCHEMA}OnSitePickup",
    }
    facts = {
        "@context": _SCHEMA,
        "@type": "Product",
        "name": card.title,
        "description": product.description,
        "brand": {"@type": "Brand", "name": card.brand} if card.brand else None,
        "gtin": product.upc,
        "image": _absolute(card.picture, shop),
        "offers": offered,
    }
    text = json.dumps({key: value for key, value in facts.items() if value})
    # Nothing in it can end the script element or be read as markup.
    for sign, written in (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026")):
        text = text.replace(sign, written)
    return mark_safe(text)  # noqa: S308


def _absolute(picture: Context, shop: Shop) -> str:
    found = picture.get("large") or picture
    return urljoin(hosts.shop_url(shop), found["src"]) if found else ""


def _labels(allergens: list[str]) -> list[str]:
    """Return the allergens' names in the order of the regulation."""
    return [str(label) for value, label in Allergen.choices if value in allergens]
