"""What a shopkeeper does to one product: save, count, price, hide, delete.

Each locks the product, then its stock record, in this order; cards follow in the
same transaction. Orders lock stock records only, so they never wait crosswise.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from oscar.core.utils import slugify

from kernel import money
from kernel.refusal import Refusal
from storefront.cards import services as cards
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import (
    Category,
    Product,
    ProductCategory,
    ProductImage,
)
from storefront.oscar_apps.order.models import Line as OrderLine
from storefront.oscar_apps.partner.models import StockRecord
from storefront.products import ground
from storefront.products.shelves import Shelves
from tenants import context
from ui import money as prices


class ProductGone(Refusal):
    code = "product_gone"
    sentence = _("This product has been deleted meanwhile.")
    status = 404


class ProductChanged(Refusal):
    """Somebody else saved since the form was opened."""

    code = "product_changed"
    sentence = _(
        "Somebody else changed this product while you were at it. Compare, then save "
        "again to keep what stands here."
    )


class StockChanged(Refusal):
    code = "stock_changed"
    sentence = _("It is %(price)s and %(stock)s in stock by now. Enter yours again.")


class StockPromised(Refusal):
    code = "stock_promised"
    sentence = _("%(promised)s are promised to customers: it cannot be less.")


class BarcodeTaken(Refusal):
    code = "barcode_taken"
    sentence = _("“%(title)s” has this barcode already.")


class SkuTaken(Refusal):
    code = "sku_taken"
    sentence = _("“%(title)s” has this SKU already.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A product as the form describes it; see ProductRow for the meanings."""

    title: str
    price: Decimal
    stock: int
    brand: str = ""
    sku: str = ""
    gtin: str = ""
    low_stock: int | None = None
    pack_amount: Decimal | None = None
    pack_unit: str = ""
    tax_rate: Decimal = Decimal(0)
    category: Category | None = None
    new_category: tuple[str, ...] = ()
    description: str = ""
    ingredients: str = ""
    allergens: Collection[str] | None = None
    may_contain: Collection[str] = ()
    diets: Collection[str] = ()
    origin: str = ""
    storage: str = ""
    is_public: bool = True
    image: ShopImage | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a form showed when it was opened."""

    version: str
    stock: int


@dataclass(frozen=True, slots=True)
class Count:
    """Price and stock of a product, as somebody saw them or wants them."""

    price: Decimal | None
    stock: int


_COPIED = (
    *("title", "brand", "pack_amount", "pack_unit", "tax_rate", "description"),
    *("ingredients", "origin", "storage", "is_public"),
)


def version_of(product: Product) -> str:
    """Return what changes with each save of a product."""
    return str(product.date_updated.isoformat())


def save(
    *,
    draft: Draft,
    now: datetime,
    product_id: int | None = None,
    seen: Seen | None = None,
) -> Product:
    """Write a new product, or all of a known one, with stock, shelf and picture.

    Raises:
        ProductGone, ProductChanged, StockChanged: not what the form was opened on.
        BarcodeTaken, SkuTaken: another product has it.
        StockPromised: orders wait for more than that.
    """
    _check_taken(draft, product_id)
    try:
        return _save(draft=draft, now=now, product_id=product_id, seen=seen)
    except IntegrityError:
        # Somebody took the barcode or the SKU between the look and the write.
        _check_taken(draft, product_id)
        raise


def _save(
    *, draft: Draft, now: datetime, product_id: int | None, seen: Seen | None
) -> Product:
    with cards.collecting(now=now):
        if product_id is None:
            product = Product(product_class=ground.groceries())
            record = StockRecord(partner=ground.partner(), num_allocated=0)
        else:
            product, record = _locked(product_id)
            if seen and seen.version != version_of(product):
                raise ProductChanged
        _write_product(product, draft)
        _write_record(record, product, draft, seen)
        _put_on_shelf(product, draft)
        _show_picture(product, draft.image)
    return product


def count(*, product_id: int, seen: Count, wanted: Count, now: datetime) -> Product:
    """Set price and stock, unless either is no longer what was seen.

    Raises:
        ProductGone: there is no such product.
        StockChanged: price or stock is another by now.
        StockPromised: orders wait for more than that.
    """
    with cards.collecting(now=now):
        product, record = _locked(product_id)
        if (record.price, record.num_in_stock or 0) != (seen.price, seen.stock):
            raise StockChanged(price=_words(record), stock=record.num_in_stock or 0)
        _check_promised(record, wanted.stock)
        record.product, record.num_in_stock = product, wanted.stock
        record.price = wanted.price
        record.save()
    return product


def set_public(*, product_id: int, is_public: bool, now: datetime) -> Product:
    """Show a product in the shop, or take it out of sight.

    Raises:
        ProductGone: there is no such product.
    """
    with cards.collecting(now=now):
        product, _record = _locked(product_id)
        product.is_public = is_public
        product.save()
    return product


def delete(*, product_id: int, now: datetime) -> bool:
    """Delete a product; one that was ever ordered is hidden, for the books.

    Returns:
        Whether it is gone.

    Raises:
        ProductGone: there is no such product.
    """
    with transaction.atomic():
        product, _record = _locked(product_id)
        if OrderLine.objects.filter(product=product).exists():
            set_public(product_id=product_id, is_public=False, now=now)
            return False
        product.delete()
    return True


def _locked(product_id: int) -> tuple[Product, StockRecord]:
    """Return a product and its stock record, locked in this order."""
    products = Product.objects.filter(pk=product_id, structure=Product.STANDALONE)
    product = products.select_for_update(no_key=True).first()
    if product is None:
        raise ProductGone
    records = StockRecord.objects.filter(product=product).order_by("pk")
    record = records.select_for_update().first()
    return product, record or StockRecord(partner=ground.partner(), num_allocated=0)


def _check_taken(draft: Draft, product_id: int | None) -> None:
    others = Product.objects.exclude(pk=product_id)
    if draft.gtin and (other := others.filter(upc=draft.gtin).first()):
        raise BarcodeTaken(title=other.title)
    if draft.sku and (
        other := others.filter(stockrecords__partner_sku=draft.sku).first()
    ):
        raise SkuTaken(title=other.title)


def _write_product(product: Product, draft: Draft) -> None:
    for name in _COPIED:
        setattr(product, name, getattr(draft, name))
    product.upc = draft.gtin or None
    product.slug = slugify(draft.title)[:255]
    product.allergens = None if draft.allergens is None else sorted(draft.allergens)
    product.may_contain = sorted(draft.may_contain)
    product.diets = sorted(draft.diets)
    product.save()


def _write_record(
    record: StockRecord, product: Product, draft: Draft, seen: Seen | None
) -> None:
    is_new = record.pk is None
    if is_new or seen is None or draft.stock != seen.stock:
        # Sold meanwhile and not touched in the form: what was sold stays sold.
        _check_counted(record, seen)
        _check_promised(record, draft.stock)
        record.num_in_stock = draft.stock
    record.product = product
    record.price = money.round_to_currency(draft.price, currency=_currency())
    record.price_currency = record.price_currency if record.pk else _currency()
    record.low_stock_threshold = draft.low_stock
    record.partner_sku = draft.sku or record.partner_sku or f"P{product.pk:05}"
    record.save()


def _check_counted(record: StockRecord, seen: Seen | None) -> None:
    counted = record.num_in_stock or 0
    if record.pk and seen and counted != seen.stock:
        raise StockChanged(price=_words(record), stock=counted)


def _check_promised(record: StockRecord, stock: int) -> None:
    promised = record.num_allocated or 0
    if stock < promised:
        raise StockPromised(promised=promised)


def _put_on_shelf(product: Product, draft: Draft) -> None:
    """Move it to its one category; those it is in besides stay as they are."""
    category = draft.category
    if draft.new_category:
        category = Shelves().find_or_make(draft.new_category)
    links = ProductCategory.objects.filter(product=product).order_by("pk")
    first = links.first()
    if category is None:
        links.delete()
    elif first is None:
        ProductCategory.objects.create(product=product, category=category)
    elif first.category_id != category.pk:
        links.filter(category=category).delete()
        first.category = category
        first.save()


def _show_picture(product: Product, image: ShopImage | None) -> None:
    first = product.images.order_by("display_order", "pk").first()
    if image is None:
        product.images.all().delete()
    elif first is None:
        ProductImage.objects.create(product=product, image=image)
    elif first.image_id != image.pk:
        first.image = image
        first.save()


def _currency() -> str:
    return context.current_shop().currency


def _words(record: StockRecord) -> str:
    if record.price is None:
        return "–"
    return prices.format_money(record.price, record.price_currency)
