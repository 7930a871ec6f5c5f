"""Reads what cards are made of: a few queries for any number of products."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storefront.cards import folding, packs
from storefront.cards.availability import Stock
from storefront.cards.documents import SearchDocument
from storefront.cards.models import ProductCard
from storefront.media import pictures
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import (
    Category,
    Diet,
    Product,
    ProductCategory,
    ProductImage,
)
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

#: Shown on the card itself, in this order; a vegan thing is vegetarian anyway.
_BADGES = (Diet.ORGANIC, Diet.VEGAN, Diet.VEGETARIAN, Diet.GLUTEN_FREE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category with those above it, nearest first."""

    ids: tuple[int, ...]
    names: tuple[str, ...]


def cards_of(product_ids: Sequence[int], *, now: datetime) -> list[ProductCard]:
    """Return, unsaved, the cards that these products should have.

    A product that cannot be listed (hidden, without price, a variant's parent)
    has none.
    """
    products = (
        Product.objects.filter(
            pk__in=product_ids, is_public=True, structure=Product.STANDALONE
        )
        .select_related("product_class")
        .order_by("pk")
    )
    records = _records_of(product_ids)
    shelves = _shelves_of(product_ids)
    images = _images_of(product_ids)
    return [
        _card(
            product,
            record=records[product.pk],
            shelves=shelves.get(product.pk, []),
            image=images.get(product.pk),
            now=now,
        )
        for product in products
        if product.pk in records
    ]


def stock_of(product_ids: Iterable[int]) -> dict[int, Stock]:
    """Return what there is of each product that has a price."""
    records = StockRecord.objects.filter(product__in=product_ids, price__isnull=False)
    rows = records.order_by("-pk").values_list(
        "product_id",
        "product__product_class__track_stock",
        "num_in_stock",
        "num_allocated",
        "low_stock_threshold",
    )
    return {product_id: Stock(*counts) for product_id, *counts in rows}


def _records_of(product_ids: Sequence[int]) -> dict[int, StockRecord]:
    records = StockRecord.objects.filter(product__in=product_ids, price__isnull=False)
    # The last one wins in the dict: a product's first record.
    return {record.product_id: record for record in records.order_by("-pk")}


def _shelves_of(product_ids: Sequence[int]) -> dict[int, list[Shelf]]:
    links = ProductCategory.objects.filter(product__in=product_ids)
    tree = {
        path: (pk, name, is_public)
        for path, pk, name, is_public in Category.objects.values_list(
            "path", "pk", "name", "is_public"
        )
    }
    found: dict[int, list[Shelf]] = {}
    for product_id, path in links.order_by("pk").values_list(
        "product_id", "category__path"
    ):
        step = Category.steplen
        line = [tree[path[:end]] for end in range(len(path), 0, -step)]
        if all(is_public for _pk, _name, is_public in line):
            ids, names, _public = zip(*line, strict=True)
            found.setdefault(product_id, []).append(Shelf(ids=ids, names=names))
    return found


def _images_of(product_ids: Sequence[int]) -> dict[int, ShopImage]:
    images = (
        ProductImage.objects.filter(product__in=product_ids)
        .order_by("-display_order", "-pk")
        .select_related("image")
        .prefetch_related("image__renditions")
    )
    return {link.product_id: link.image for link in images}


def _card(
    product: Product,
    *,
    record: StockRecord,
    shelves: list[Shelf],
    image: ShopImage | None,
    now: datetime,
) -> ProductCard:
    shop = context.current_shop()
    stock = Stock(
        is_tracked=product.get_product_class().track_stock,
        in_stock=record.num_in_stock,
        allocated=record.num_allocated,
        threshold=record.low_stock_threshold,
    )
    price, unit = packs.unit_price(
        record.price,
        amount=product.pack_amount,
        unit=product.pack_unit,
        currency=record.price_currency,
    )
    names = [name for shelf in shelves for name in shelf.names]
    texts = [
        folding.fold(text)
        for text in (product.title, product.brand, " ".join(names), _prose(product))
    ]
    return ProductCard(
        product_id=product.pk,
        title=product.title,
        slug=product.slug,
        brand=product.brand,
        pack=packs.pack_text(
            product.pack_amount, product.pack_unit, language=shop.language
        ),
        price=record.price,
        currency=record.price_currency,
        unit_price=price,
        unit=unit,
        stock_state=stock.state,
        stock_left=stock.shown_left,
        priority=product.priority,
        picture=_picture(image),
        badges=_badges(product),
        diets=sorted(product.diets),
        allergens=_allergens(product),
        category_ids=list(dict.fromkeys(pk for shelf in shelves for pk in shelf.ids)),
        search=SearchDocument(*texts, dictionary=folding.dictionary_of(shop.language)),
        # Typing errors are looked for in names alone: of few words, few are alike.
        search_text=" ".join(filter(None, texts[:2])),
        updated_at=now,
    )


def _prose(product: Product) -> str:
    return " ".join(
        (product.description, product.ingredients, product.origin, product.upc or "")
    )


def _badges(product: Product) -> list[str]:
    wanted = set(product.diets)
    if Diet.VEGAN in wanted:
        wanted.discard(Diet.VEGETARIAN)
    return [str(diet.label) for diet in _BADGES if diet in wanted]


def _allergens(product: Product) -> list[str] | None:
    if product.allergens is None:
        return None
    return sorted({*product.allergens, *product.may_contain})


def _picture(image: ShopImage | None) -> dict[str, Any]:
    """Return the picture as the card shows it and, `large`, as its own page does."""
    if image is None:
        return {}
    return {
        **pictures.card_picture(image),
        "large": {**pictures.wide_picture(image)},
    }
