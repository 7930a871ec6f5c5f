"""Many products at once: from rows to goods on the shelves.

Products are known by their SKU. What a row says about a product that exists is
compared first: of what the shop has like that already, nothing is written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.utils import slugify

from storefront.cards import services as cards
from storefront.oscar_apps.catalogue.models import (
    Product,
    ProductCategory,
    ProductClass,
    ProductImage,
)
from storefront.oscar_apps.partner.models import Partner, StockRecord
from storefront.products import ground, rows
from storefront.products.images import PictureImport
from storefront.products.reading import Line
from storefront.products.rows import ProductRow, RowRefused
from storefront.products.shelves import Shelves
from tenants import context

#: Rows written in one transaction.
PORTION = 500

_PRODUCT_FACTS = (
    *("title", "brand", "pack_amount", "pack_unit", "description", "ingredients"),
    *("allergens", "may_contain", "origin", "storage", "diets", "tax_rate", "priority"),
)
_CHOICES = ("allergens", "may_contain", "diets")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out."""

    number: int
    title: str
    reason: str


@dataclass(slots=True)
class Report:
    """What became of the rows."""

    read: int = 0
    loaded: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """A product that exists, with the parts of it a row can change."""

    product: Product
    record: StockRecord
    category_ids: list[int]


def create_products(products: Iterable[ProductRow], *, now: datetime) -> int:
    """Put new products on the shelves: all of them or none.

    Returns:
        How many there are.

    Raises:
        RowRefused: one of them cannot be sold like that, or exists already.
    """
    report = Report()
    lines = [
        Line(number, row, title=row.title)
        for number, row in enumerate(products, start=1)
    ]
    with transaction.atomic():
        load(lines, now=now, report=report)
        if report.refused or report.loaded < report.read:
            first = report.refused[0] if report.refused else None
            reason = f"{first.title}: {first.reason}" if first else _("Already there.")
            raise RowRefused(reason=reason)
    return report.loaded


def load(
    lines: Iterable[Line],
    *,
    now: datetime,
    report: Report | None = None,
    facts: Collection[str] = rows.FIELDS,
    default_stock: int = 0,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Load rows in portions, each in a transaction; refused ones are left out.

    Args:
        lines: rows with their numbers; those a reader refused are reported.
        facts: what the rows tell; nothing else of a known product is changed.
        default_stock: how many there are of a new product that does not say.
        progress: told of the report after each portion.
    """
    report = report or Report()
    loader = Loader(now=now, facts=frozenset(facts), default_stock=default_stock)
    rest = iter(lines)
    while portion := list(islice(rest, PORTION)):
        loader.load_portion(portion, report)
        if progress:
            progress(report)
    return report


class Loader:
    """The rows of one file on their way to the shelves."""

    def __init__(
        self, *, now: datetime, facts: frozenset[str], default_stock: int
    ) -> None:
        self.now = now
        self.facts = facts
        self.default_stock = default_stock
        self.currency = context.current_shop().currency
        self.pictures = PictureImport()
        self._seen_at: dict[str, int] = {}
        self._gtins_seen: dict[str, int] = {}

    def load_portion(self, portion: Collection[Line], report: Report) -> None:
        """Check, write and show one portion, in one transaction."""
        report.read += len(portion)
        with transaction.atomic():
            known = _known_products(portion)
            good = list(self._checked(portion, known, report))
            # Read anew for each portion: another process may have added some.
            writer = Writer(self, ground.groceries(), ground.partner(), Shelves())
            for _line, row in good:
                writer.take(row, known.get(row.sku))
            cards.rebuild(writer.write(), now=self.now)
        report.loaded += len(writer.new)
        report.updated += writer.updated
        report.unchanged += len(good) - len(writer.new) - writer.updated

    def _checked(
        self, portion: Collection[Line], known: dict[str, Known], report: Report
    ) -> Iterator[tuple[Line, ProductRow]]:
        gtins = [line.row.gtin.strip() for line in portion if line.row]
        owners = _gtin_owners(gtins)
        for line in portion:
            try:
                row = rows.checked(_row_of(line), currency=self.currency)
                self._check_against_others(row, owners)
                _check_promised(row, known.get(row.sku))
            except RowRefused as refused:
                report.refused.append(Refusal(line.number, line.title, str(refused)))
                continue
            self._seen_at[row.sku] = line.number
            if row.gtin:
                self._gtins_seen[row.gtin] = line.number
            yield line, row

    def _check_against_others(self, row: ProductRow, owners: dict[str, str]) -> None:
        if row.sku in self._seen_at:
            reason = _("Row %(number)s has the same SKU, %(sku)s.")
            data = {"number": self._seen_at[row.sku], "sku": row.sku}
            raise RowRefused(reason=reason % data)
        if row.gtin in self._gtins_seen:
            reason = _("Row %s has the same barcode.") % self._gtins_seen[row.gtin]
            raise RowRefused(reason=reason)
        if owners.get(row.gtin, row.sku) != row.sku:
            reason = _("Another product has this barcode: %s.") % owners[row.gtin]
            raise RowRefused(reason=reason)


class Writer:
    """Collects what a portion changes, then writes it in a few statements."""

    def __init__(
        self,
        loader: Loader,
        product_class: ProductClass,
        partner: Partner,
        shelves: Shelves,
    ) -> None:
        self.loader = loader
        self.product_class = product_class
        self.partner = partner
        self.shelves = shelves
        self.new: list[tuple[ProductRow, Product]] = []
        self.products: list[Product] = []
        self.records: list[StockRecord] = []
        self.moved: list[ProductCategory] = []
        self.updated = 0
        self._touched: set[int] = set()

    def take(self, row: ProductRow, known: Known | None) -> None:
        """Note what a row makes or changes."""
        if known is None:
            product = Product(product_class=self.product_class, is_public=True)
            self._describe(product, row, rows.FIELDS)
            self.new.append((row, product))
            return
        is_changed = [
            self._change_product(known.product, row),
            self._change_record(known.record, row),
            self._move(known, row),
        ]
        if any(is_changed):
            self.updated += 1
            self._touched.add(known.product.pk)

    def write(self) -> set[int]:
        """Write it all; return the products whose cards must follow."""
        Product.objects.bulk_create([product for _row, product in self.new])
        StockRecord.objects.bulk_create(
            [self._record(row, product) for row, product in self.new]
        )
        links = [
            ProductCategory(product=product, category=self._shelf(row))
            for row, product in self.new
            if row.category
        ]
        ProductCategory.objects.filter(
            product__in=[link.product_id for link in self.moved]
        ).delete()
        ProductCategory.objects.bulk_create([*links, *self.moved])
        ProductImage.objects.bulk_create(self._images())
        Product.objects.bulk_update(
            self.products, [*_PRODUCT_FACTS, "upc", "slug", "date_updated"]
        )
        StockRecord.objects.bulk_update(
            self.records,
            ["price", "num_in_stock", "low_stock_threshold", "date_updated"],
        )
        return self._touched | {product.pk for _row, product in self.new}

    def _describe(
        self, product: Product, row: ProductRow, facts: Collection[str]
    ) -> bool:
        """Give a product what a row says; say whether that changed anything."""
        said: dict[str, Any] = {
            name: getattr(row, name) for name in _PRODUCT_FACTS if name in facts
        }
        for name in _CHOICES:
            if said.get(name) is not None:
                said[name] = sorted(said[name])
        if "gtin" in facts:
            said["upc"] = row.gtin or None
        if "title" in said:
            said["slug"] = slugify(row.title)[:255]
        changed = {k: v for k, v in said.items() if getattr(product, k) != v}
        for name, value in changed.items():
            setattr(product, name, value)
        return bool(changed)

    def _change_product(self, product: Product, row: ProductRow) -> bool:
        if not self._describe(product, row, self.loader.facts):
            return False
        product.date_updated = self.loader.now
        self.products.append(product)
        return True

    def _change_record(self, record: StockRecord, row: ProductRow) -> bool:
        said: dict[str, Any] = {"price": row.price}
        if row.stock is not None:
            said["num_in_stock"] = row.stock
        if "low_stock" in self.loader.facts:
            said["low_stock_threshold"] = row.low_stock
        changed = {k: v for k, v in said.items() if getattr(record, k) != v}
        if not changed:
            return False
        for name, value in changed.items():
            setattr(record, name, value)
        record.date_updated = self.loader.now
        self.records.append(record)
        return True

    def _move(self, known: Known, row: ProductRow) -> bool:
        if "category" not in self.loader.facts or not row.category:
            return False
        shelf = self._shelf(row)
        if known.category_ids == [shelf.pk]:
            return False
        self.moved.append(ProductCategory(product=known.product, category=shelf))
        return True

    def _shelf(self, row: ProductRow) -> Any:
        return self.shelves.find_or_make(row.category)

    def _record(self, row: ProductRow, product: Product) -> StockRecord:
        stock = self.loader.default_stock if row.stock is None else row.stock
        return StockRecord(
            product=product,
            partner=self.partner,
            partner_sku=row.sku,
            price_currency=self.loader.currency,
            price=row.price,
            num_in_stock=stock,
            num_allocated=0,
            low_stock_threshold=row.low_stock,
        )

    def _images(self) -> list[ProductImage]:
        return [
            ProductImage(
                product=product, image=self.loader.pictures.image_of(row.picture)
            )
            for row, product in self.new
            if row.picture
        ]


def _row_of(line: Line) -> ProductRow:
    if line.row is None:
        raise RowRefused(reason=line.refused)
    return line.row


def _check_promised(row: ProductRow, known: Known | None) -> None:
    """Refuse less than is in orders not yet collected; the record is locked."""
    promised = (known and known.record.num_allocated) or 0
    if row.stock is not None and row.stock < promised:
        reason = _("%s are promised to customers: the stock cannot be less.")
        raise RowRefused(reason=reason % promised)


def _known_products(portion: Iterable[Line]) -> dict[str, Known]:
    """Return the products that have these SKUs, locked until the portion is written.

    First the products, then their stock records, each by their keys: as whoever edits
    one product does (`editing`), and as orders take their records.
    """
    skus = {clean for line in portion if (clean := _sku_of(line))}
    named = StockRecord.objects.filter(partner__code="shop", partner_sku__in=skus)
    found = Product.objects.filter(pk__in=named.values("product_id")).order_by("pk")
    products = {product.pk: product for product in found.select_for_update(no_key=True)}
    records = list(
        named.filter(product_id__in=products)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    links = ProductCategory.objects.filter(product__in=products)
    shelves: dict[int, list[int]] = {}
    for product_id, category_id in links.order_by("pk").values_list(
        "product_id", "category_id"
    ):
        shelves.setdefault(product_id, []).append(category_id)
    return {
        record.partner_sku: Known(
            products[record.product_id], record, shelves.get(record.product_id, [])
        )
        for record in records
    }


def _sku_of(line: Line) -> str:
    """Return the SKU by which a row's product is known; "" if nothing can have it."""
    try:
        return rows.clean_text(line.row.sku) if line.row else ""
    except RowRefused:
        return ""


def _gtin_owners(gtins: Iterable[str]) -> dict[str, str]:
    """Return the SKU of each product that has one of these barcodes."""
    owners = Product.objects.filter(upc__in=[gtin for gtin in gtins if gtin])
    return {
        upc: sku or ""
        for upc, sku in owners.values_list("upc", "stockrecords__partner_sku")
    }
