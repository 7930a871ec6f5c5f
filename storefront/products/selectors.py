"""The list of products, as a shopkeeper looks through it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from storefront.cards import folding
from storefront.cards.availability import FEW, Stock
from storefront.media import pictures
from storefront.oscar_apps.catalogue.models import Product, ProductImage
from storefront.oscar_apps.partner.models import StockRecord

#: What a list can be narrowed to: a question about each product.
FILTERS = {
    "": (_("All"), Q()),
    "out": (_("Sold out"), Q(is_public=True, left__lte=0)),
    "low": (_("Nearly gone"), Q(is_public=True, left__gt=0, left__lte=F("few"))),
    "no-picture": (_("No picture"), Q(has_picture=False)),
    "no-price": (_("No price"), Q(price__isnull=True)),
    "no-allergens": (_("Allergens not declared"), Q(allergens__isnull=True)),
    "hidden": (_("Hidden"), Q(is_public=False)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A product in the list."""

    product: Any  # with the annotations of `_described`
    picture: pictures.Picture | None
    stock: Stock

    @property
    def is_sold(self) -> bool:
        return self.product.is_public and self.product.price is not None


def found(text: str, narrowed: str) -> "QuerySet[Product]":
    """Return the products a search and a filter leave, by name."""
    products = _described().filter(FILTERS.get(narrowed, FILTERS[""])[1])
    text = text.replace("\x00", " ").strip()
    if text:
        products = products.filter(
            Q(title__icontains=text)
            | Q(brand__icontains=text)
            | Q(card__search_text__contains=folding.fold(text))
            | Q(sku__istartswith=text)
            | Q(upc=text)
        )
    return products.order_by("title", "pk")


def counts() -> dict[str, int]:
    """Return how many products each filter leaves."""
    asked = {
        f"n{number}": Count("pk", filter=question or Q(pk__isnull=False))
        for number, (_label, question) in enumerate(FILTERS.values())
    }
    numbers = _described().aggregate(**asked)
    return dict(zip(FILTERS, numbers.values(), strict=True))


def scarce(limit: int) -> list[Row]:
    """Return what is sold out or nearly gone, the scarcest first."""
    narrowed = FILTERS["out"][1] | FILTERS["low"][1]
    return rows(_described().filter(narrowed).order_by("left", "title")[:limit])


def rows(products: Any) -> list[Row]:
    """Return a page of products with their pictures, in four queries."""
    images = ProductImage.objects.order_by("display_order", "pk").select_related(
        "image"
    )
    links = images.prefetch_related("image__renditions")
    return [
        _row(product)
        for product in products.prefetch_related(Prefetch("images", queryset=links))
    ]


def row(product_id: int) -> Row | None:
    """Return one product as the list shows it."""
    return next(iter(rows(_described().filter(pk=product_id))), None)


def _described() -> "QuerySet[Product]":
    record = StockRecord.objects.filter(product=OuterRef("pk")).order_by("pk")[:1]
    described: QuerySet[Product] = (
        Product.objects.filter(structure=Product.STANDALONE)
        .select_related("product_class")
        .annotate(
            sku=Subquery(record.values("partner_sku")),
            price=Subquery(record.values("price")),
            currency=Subquery(record.values("price_currency")),
            in_stock=Subquery(record.values("num_in_stock")),
            allocated=Coalesce(Subquery(record.values("num_allocated")), Value(0)),
            threshold=Subquery(record.values("low_stock_threshold")),
            few=Coalesce(F("threshold"), Value(FEW)),
            left=Coalesce(F("in_stock"), Value(0)) - F("allocated"),
            has_picture=Exists(ProductImage.objects.filter(product=OuterRef("pk"))),
        )
    )
    return described


def _row(product: Any) -> Row:
    links = product.images.all()
    return Row(
        product=product,
        picture=pictures.card_picture(links[0].image) if links else None,
        stock=Stock(
            is_tracked=product.product_class.track_stock,
            in_stock=product.in_stock,
            allocated=product.allocated,
            threshold=product.threshold,
        ),
    )
