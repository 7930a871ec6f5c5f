"""What a page of the shelves asks of the database, in one query each."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from storefront import frame
from storefront.browse.statements import Statement
from storefront.cards.availability import Stock
from storefront.cards.models import CardQuerySet, ProductCard
from storefront.oscar_apps.catalogue.models import Category, Product
from storefront.oscar_apps.partner.models import StockRecord

#: Enough to look around, few enough to load at once.
RELATED = 8
#: Stands in a statement where the id of a product will.
_PRODUCT = -1
#: What of a stock record is said to customers.
_RECORD = ("price", "num_in_stock", "num_allocated", "low_stock_threshold")


class IsOneOf(Func):
    """Say whether a value is in an array."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class Crumb:
    """A category on the way to where one is."""

    id: int
    path: str
    title: str
    slug: str  # with those of the categories above it

    @property
    def url(self) -> str:
        return frame.category_url(self.id, slug=self.slug)


@dataclass(frozen=True, slots=True)
class Aisle:
    """A category with the way to it and what is directly below it."""

    category: Category
    trail: list[Crumb]  # from the top, the category itself last
    children: list[Crumb]

    @property
    def url(self) -> str:
        return self.trail[-1].url


@dataclass(frozen=True, slots=True)
class Goods:
    """A product on its page: its card, all of its facts, and the way to it.

    They stand for an edition; what it can be had for may be another in a moment.
    """

    card: ProductCard
    product: Product
    trail: list[Crumb]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a product can be had for, and what is said of the stock of it."""

    price: Decimal
    state: ProductCard.StockState
    left: int | None  # None where there is plenty

    @classmethod
    def of(cls, product: Product, price: Decimal, *counts: int | None) -> "Offer":
        """Return what a stock record (see `_RECORD`) says to customers."""
        stock = Stock(product.get_product_class().track_stock, *counts)
        return cls(price, stock.state, stock.shown_left)

    def is_on(self, card: ProductCard) -> bool:
        """Say whether a card says the same."""
        said = card.price, card.stock_state, card.stock_left
        return (self.price, self.state, self.left) == said


def aisle(category_id: int) -> Aisle | None:
    """Return a public category with its surroundings; None if there is none."""
    own = Category.objects.filter(pk=category_id)
    rows = (
        Category.objects.annotate(
            own_path=Subquery(own.values("path")),
            own_depth=Subquery(own.values("depth")),
        )
        .filter(
            Q(own_path__startswith=F("path"))
            | Q(path__startswith=F("own_path"), depth=F("own_depth") + 1),
            is_public=True,
            ancestors_are_public=True,
        )
        .order_by("path")
    )
    by_id = {row.pk: row for row in rows}
    found = by_id.get(category_id)
    if found is None:
        return None
    above = [row for row in by_id.values() if row.depth <= found.depth]
    trail = _trail((row.pk, row.path, row.name, row.slug) for row in above)
    children = [
        Crumb(row.pk, row.path, row.name, f"{trail[-1].slug}/{row.slug}")
        for row in by_id.values()
        if row.depth > found.depth
    ]
    return Aisle(category=found, trail=trail, children=children)


def goods(product_id: int) -> tuple[Goods, Offer] | None:
    """Return a listed product, and what may be bought of it now at what price.

    The latter is read from the stock record: cards follow it a moment later.
    """
    card: Any = _goods().filter(pk=product_id).first()
    if card is None:
        return None
    found = Goods(card=card, product=card.product, trail=_main_trail(card))
    counts = card.in_stock, card.allocated, card.threshold
    return found, Offer.of(card.product, card.true_price, *counts)


def offer(goods: Goods) -> Offer | None:
    """Return what may be bought now of a product that was read before."""
    for record in _offer().rows({_PRODUCT: goods.product.pk}):
        return Offer.of(goods.product, *record)
    return None


@cache
def _offer() -> Statement:
    records = StockRecord.objects.filter(product=_PRODUCT, price__isnull=False)
    return Statement(records.order_by("pk").values_list(*_RECORD)[:1])


@cache
def _goods() -> CardQuerySet:
    """Return the query, made once: it names no shop, and making it takes longest."""
    above = Category.objects.filter(
        IsOneOf(F("pk"), OuterRef("category_ids"))
    ).order_by("depth")
    crumb = JSONObject(id="id", path="path", name="name", slug="slug")
    record = "product__stockrecords__"
    return (
        ProductCard.objects.filter(product__is_public=True)
        .filter(**{f"{record}price__isnull": False})
        .select_related("product__product_class")
        .defer("search", "search_text")
        .annotate(
            in_stock=F(f"{record}num_in_stock"),
            allocated=F(f"{record}num_allocated"),
            threshold=F(f"{record}low_stock_threshold"),
            true_price=F(f"{record}price"),
            categories=ArraySubquery(above.values(data=crumb)),
        )
        .order_by(f"{record}pk")
    )


def on_shelf(category_id: int) -> CardQuerySet:
    """Return the cards of a category, buyable ones first."""
    return ProductCard.objects.in_category(category_id).for_listing()


def beside(category_id: int) -> list[ProductCard]:
    """Return the first cards of a category: one more than shown."""
    found = on_shelf(category_id).defer("search", "search_text")
    return list(found[: RELATED + 1])


def related(card: ProductCard, *, shelf: Iterable[ProductCard]) -> list[ProductCard]:
    """Return what to show beside a card, of what stands on its shelf."""
    return [other for other in shelf if other.pk != card.pk][:RELATED]


def _main_trail(card: ProductCard) -> list[Crumb]:
    """Return the way to the card's first category, of all it is in."""
    rows: list[dict[str, Any]] = card.categories  # type: ignore[attr-defined]  # annotated
    main = next((row for row in rows if row["id"] in card.category_ids[:1]), None)
    if main is None:
        return []
    line = [row for row in rows if main["path"].startswith(row["path"])]
    return _trail((row["id"], row["path"], row["name"], row["slug"]) for row in line)


def _trail(rows: Iterable[tuple[int, str, str, str]]) -> list[Crumb]:
    trail: list[Crumb] = []
    for pk, path, name, slug in rows:
        full = f"{trail[-1].slug}/{slug}" if trail else slug
        trail.append(Crumb(pk, path, name, full))
    return trail
