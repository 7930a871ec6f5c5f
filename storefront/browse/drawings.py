"""Cards' HTML, ready to be put on a page.

What a card looks like stands for an edition. A page of a listing that knows which
goods it shows, in which order, puts their drawings side by side, and asks only for
the cards that this process has not drawn yet.
"""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from storefront.cards.models import ProductCard
from storefront.frame import Frame
from tenants.editions.parts import LatestParts
from ui import cards

#: Pictures of the first so many are loaded at once.
EAGER = 4
#: They stand right under the title of the page.
HEADING = "h2"

#: Some 2 KB each; the key names the shop.
_drawings: LatestParts[SafeString] = LatestParts(most=10_000)


def of(
    product_ids: Sequence[int], *, around: Frame, read: Mapping[int, ProductCard]
) -> SafeString:
    """Return the cards of products as a page shows them.

    Args:
        read: cards that have been read for this page.
    """
    keys = [(pk, place < EAGER) for place, pk in enumerate(product_ids)]
    drawn = {key: _find(around, key) for key in keys}
    missing = [key for key, drawing in drawn.items() if drawing is None]
    if missing:
        read = read or _cards_of([pk for pk, _eager in missing])
        # One that was taken off its shelf meanwhile is not shown.
        found = [key for key in missing if key[0] in read]
        drawn |= {key: _draw(around, key, read[key[0]]) for key in found}
    # Each was drawn by a template of its own.
    return mark_safe("".join(filter(None, drawn.values())))  # noqa: S308


def _cards_of(product_ids: Sequence[int]) -> Mapping[int, ProductCard]:
    found = ProductCard.objects.filter(pk__in=product_ids)
    return found.defer("search", "search_text").in_bulk()


def _find(around: Frame, key: tuple[int, bool]) -> SafeString | None:
    name = around.shop.schema_name, *key
    return _drawings.find(name, edition=around.edition, now=around.now)


def _draw(around: Frame, key: tuple[int, bool], card: ProductCard) -> SafeString:
    url = reverse("basket:add")
    drawing = cards.draw(card, set_url=url, heading=HEADING, eager=key[1])
    until = around.opening.stands_until
    name = around.shop.schema_name, *key
    _drawings.keep(name, drawing, edition=around.edition, until=until)
    return drawing
