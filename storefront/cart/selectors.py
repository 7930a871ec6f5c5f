"""What the basket's page, its bar and its lines show."""

import json
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.prepared import Parameter, Prepared
from storefront.cards.models import ProductCard
from storefront.commerce import pricing
from storefront.oscar_apps.basket.models import MAX_QUANTITY, Line
from ui.money import format_money

Context = dict[str, Any]

SUGGESTIONS = 6

_CARDS = Prepared[ProductCard](
    lambda: ProductCard.objects.filter(
        product_id__in=Line.objects.filter(basket_id=Parameter("basket")).values(
            "product_id"
        )
    ).only("slug", "pack", "picture")
)


def bar(quote: pricing.Quote) -> Context:
    """Return the basket in numbers, for the bar and the header."""
    quantities = {str(line.product_id): line.quantity for line in quote.lines}
    return {
        "count": quote.count,
        "total": quote.total,
        "currency": quote.currency,
        "quantities": json.dumps(quantities),
        "url": reverse("basket:summary"),
    }


def page(quote: pricing.Quote, *, basket_id: int | None) -> Context:
    """Return everything the basket's page shows."""
    cards = {card.product_id: card for card in _CARDS(basket=basket_id)}
    lines = [line_of(line, cards.get(line.product_id)) for line in quote.lines]
    return {
        "lines": lines,
        "quote": quote,
        "basket": bar(quote),
        "currency": quote.currency,
        "has_trouble": bool(quote.short_lines),
        "suggestions": [] if lines else suggestions(),
    }


def line_of(line: pricing.PricedLine, card: ProductCard | None = None) -> Context:
    """Return a line as the basket shows it."""
    return {
        "product_id": line.product_id,
        "title": line.title,
        "url": card.url if card else "",
        "picture": card.picture if card else None,
        "pack": card.pack if card else "",
        "quantity": line.quantity,
        "max": most(line),
        "price": line.price,
        "unit_price": line.unit_price,
        "warning": _shortage(line),
        "notice": _price_change(line),
    }


def most(line: pricing.PricedLine) -> int:
    """Return how many of a line's product a basket may hold."""
    if line.available is None:
        return MAX_QUANTITY
    return min(line.available, MAX_QUANTITY)


def suggestions() -> list[ProductCard]:
    """Return some goods to start with."""
    return list(ProductCard.objects.in_stock().for_listing()[:SUGGESTIONS])


def _shortage(line: pricing.PricedLine) -> str:
    if not line.is_short:
        return ""
    if not line.available:
        return _("Sold out. Please remove it.")
    return _("Only %(left)d left. Please take fewer.") % {"left": line.available}


def _price_change(line: pricing.PricedLine) -> str:
    before = line.price_when_added
    if before is None or line.available == 0:
        return ""
    return _("Now %(now)s each; %(before)s when you added it.") % {
        "now": format_money(line.unit_price, line.currency),
        "before": format_money(before, line.currency),
    }
