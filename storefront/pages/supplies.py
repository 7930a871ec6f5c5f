"""What the blocks of a page show, fetched at once.

Blocks say what they need; cards of every shelf come in one query, categories and
pictures in one each. A published page carries its pictures' addresses itself and
asks for none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet, Value

from storefront import frame
from storefront.cards.models import ProductCard
from storefront.frame import CategoryLink
from storefront.media import pictures
from storefront.media.models import ShopImage
from storefront.media.pictures import Picture
from storefront.oscar_apps.catalogue.models import Category

if TYPE_CHECKING:
    from wagtail.blocks import StreamValue

#: Marks the cards that were asked for by their product.
BY_HAND = -1

ShelfKey = tuple[int, int]


@dataclass
class Needs:
    """What the blocks of a page ask for."""

    product_ids: set[int] = field(default_factory=set)
    shelves: list[ShelfKey] = field(default_factory=list)
    category_ids: set[int] = field(default_factory=set)
    picture_ids: set[int] = field(default_factory=set)

    def products(self, ids: Iterable[int | None]) -> None:
        self.product_ids.update(pk for pk in ids if pk)

    def shelf(self, category_id: int | None, *, limit: int) -> None:
        if category_id and (category_id, limit) not in self.shelves:
            self.shelves.append((category_id, limit))
            self.category_ids.add(category_id)

    def category(self, category_id: int | None) -> None:
        if category_id:
            self.category_ids.add(category_id)

    def picture(self, picture_id: int | None) -> None:
        if picture_id:
            self.picture_ids.add(picture_id)


@dataclass
class Supplies:
    """What was found of it. What is gone from the shop is simply not there."""

    cards: dict[int, ProductCard] = field(default_factory=dict)
    shelves: dict[ShelfKey, list[ProductCard]] = field(default_factory=dict)
    categories: dict[int, CategoryLink] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)

    def cards_of(self, ids: Iterable[int | None]) -> list[ProductCard]:
        return [self.cards[pk] for pk in ids if pk in self.cards]

    def shelf_of(self, category_id: int | None, *, limit: int) -> list[ProductCard]:
        return self.shelves.get((category_id or 0, limit), [])


def needs_of(body: "StreamValue") -> Needs:
    """Return what the blocks of a page ask for."""
    needs = Needs()
    for bound in body:
        ask = getattr(bound.block, "ask", None)
        if ask is not None:
            ask(bound.value, needs)
    return needs


def fetch(
    needs: Needs,
    *,
    known_pictures: Mapping[int, Picture] | None = None,
    known_categories: Mapping[int, CategoryLink] | None = None,
) -> Supplies:
    """Fetch what is asked for, except what the page knows already.

    Args:
        known_pictures: all of them, where a published page has kept them.
        known_categories: those of the shop's menu; the others are fetched.
    """
    supplies = Supplies(categories=dict(known_categories or {}))
    _fetch_cards(needs, supplies)
    missing = needs.category_ids - supplies.categories.keys()
    if missing:
        supplies.categories |= category_links(missing)
    if known_pictures is None:
        supplies.pictures = pictures_of(needs.picture_ids)
    else:
        supplies.pictures = dict(known_pictures)
    return supplies


def pictures_of(ids: set[int]) -> dict[int, Picture]:
    """Return wide pictures by the id of their image."""
    if not ids:
        return {}
    found = ShopImage.objects.prefetch_related("renditions").in_bulk(ids)
    return {pk: pictures.wide_picture(image) for pk, image in found.items()}


def category_links(ids: set[int]) -> dict[int, CategoryLink]:
    """Return name and address of categories customers may see."""
    chosen = Category.objects.filter(pk__in=ids, path__startswith=OuterRef("path"))
    visible = Category.objects.filter(is_public=True, ancestors_are_public=True)
    # With each category come those above it: they are in its address.
    rows = visible.filter(Exists(chosen)).order_by("path")
    links: dict[int, CategoryLink] = {}
    slugs: dict[str, str] = {}
    for row in rows.values("pk", "path", "name", "slug"):
        above = slugs.get(row["path"][: -Category.steplen])
        slugs[row["path"]] = f"{above}/{row['slug']}" if above else row["slug"]
        if row["pk"] in ids:
            links[row["pk"]] = CategoryLink(
                title=row["name"],
                url=frame.category_url(row["pk"], slug=slugs[row["path"]]),
            )
    return links


def _fetch_cards(needs: Needs, supplies: Supplies) -> None:
    # As lists: union() would drop an empty first query together with its columns.
    queries = []
    if needs.product_ids:
        by_hand = ProductCard.objects.filter(pk__in=needs.product_ids)
        queries.append(_marked(by_hand, BY_HAND))
    for number, (category_id, limit) in enumerate(needs.shelves):
        goods = ProductCard.objects.in_category(category_id).for_listing()
        queries.append(_marked(goods, number)[:limit])
    if not queries:
        return
    first, *rest = queries
    for card in first.union(*rest, all=True) if rest else first:
        if card.shelf_number == BY_HAND:
            supplies.cards[card.pk] = card
        else:
            key = needs.shelves[card.shelf_number]
            supplies.shelves.setdefault(key, []).append(card)
    for shelf in supplies.shelves.values():
        # The order of a union is the database's to choose.
        shelf.sort(key=lambda card: (card.is_out, -card.priority, card.title, card.pk))


def _marked(cards: "QuerySet[ProductCard]", number: int) -> Any:
    return cards.defer("search", "search_text").annotate(shelf_number=Value(number))
