"""Goods on the shelves of the shop in force, cards and all."""

import io
import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from storefront.cards.models import ProductCard
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import Product
from storefront.products import loading
from storefront.products.rows import ProductRow

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)

_serial = itertools.count(1)


def a_row(title: str = "Apples", **facts: Any) -> ProductRow:
    """Return a row of a product list."""
    facts.setdefault("sku", f"G-{next(_serial)}")
    facts.setdefault("price", Decimal("2.50"))
    facts.setdefault("category", ("Fruit",))
    facts.setdefault("stock", 20)
    return ProductRow(title=title, **facts)


def some_goods(*rows: ProductRow) -> list[Product]:
    """Put rows on the shelves; return the products in their order."""
    loading.create_products(rows, now=NOW)
    by_sku = Product.objects.filter(stockrecords__partner_sku__in=[r.sku for r in rows])
    found = {product.stockrecords.get().partner_sku: product for product in by_sku}
    return [found[row.sku] for row in rows]


def card_of(product: Product) -> ProductCard:
    return ProductCard.objects.get(pk=product.pk)


def a_picture(title: str = "Apple", colour: str = "red") -> ShopImage:
    """Return a picture of the media library, 300 pixels wide."""
    content = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(content, "PNG")
    image = ShopImage(
        title=title, file=ContentFile(content.getvalue(), name=f"{colour}.png")
    )
    image._set_image_file_metadata()
    image.save()
    return image
