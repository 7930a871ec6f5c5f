"""Rows of a CSV file as products, whoever wrote the file."""

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from kernel import refusal
from storefront.oscar_apps.catalogue.models import Allergen, Diet
from storefront.products import sizes
from storefront.products.rows import ProductRow, RowRefused

#: For what comes in by itself: where the command runs, files here may be unknown.
STANDARD_INPUT = Path("-")

#: More than any description has: past it, a quote was not closed.
csv.field_size_limit(20_000)

#: A number with a currency before or after it, and nothing else.
_NUMBER = re.compile(r"[^\d+,.-]*(?P<number>[+-]?[\d,. \u00a0]*\d)[^\d]*")


class FileUnreadable(refusal.Refusal):
    code = "file_unreadable"
    sentence = "%(reason)s"
    status = 400


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a kind of file holds which fact."""

    name: str
    columns: Mapping[str, str]  # fact: column
    levels: tuple[str, ...] = ()  # columns of the category's levels, top first
    sku_prefix: str = ""
    #: Top categories that are meant unless the caller names others.
    only: frozenset[str] = field(default_factory=frozenset)
    size_in_name: bool = False


QUICKCART = Layout(
    name="quickcart",
    columns={
        name: name
        for name in (
            *("sku", "title", "category", "brand", "price", "pack_amount", "pack_unit"),
            *("stock", "low_stock", "gtin", "description", "ingredients", "allergens"),
            *("may_contain", "origin", "storage", "diets", "tax_rate", "priority"),
        )
    },
)
BIGBASKET = Layout(
    name="bigbasket",
    columns={
        "sku": "index",
        "title": "product",
        "brand": "brand",
        "price": "sale_price",
    },
    levels=("category", "sub_category", "type"),
    sku_prefix="BB-",
    only=frozenset(
        [
            "Bakery, Cakes & Dairy",
            "Beverages",
            "Eggs, Meat & Fish",
            "Foodgrains, Oil & Masala",
            "Fruits & Vegetables",
            "Gourmet & World Food",
            "Snacks & Branded Foods",
        ]
    ),
    size_in_name=True,
)
LAYOUTS = {layout.name: layout for layout in (QUICKCART, BIGBASKET)}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its number as a spreadsheet counts, and what it says."""

    number: int
    row: ProductRow | None
    refused: str = ""
    title: str = ""


def lines_of(path: Path) -> Iterator[str]:
    """Return the lines of a file; those that are not UTF-8 are read as Windows-1252.

    Raises:
        FileUnreadable: there is no such file.
    """
    try:
        is_sent = path == STANDARD_INPUT
        content = sys.stdin.buffer.read() if is_sent else path.read_bytes()
    except OSError as error:
        reason = _("The file cannot be read: %s.") % (error.strerror or error)
        raise FileUnreadable(reason=reason) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    for line in content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("cp1252", errors="replace")


def layout_of(header: Iterable[str]) -> Layout:
    """Return the layout a header belongs to.

    Raises:
        FileUnreadable: none that is known.
    """
    names = set(header)
    for layout in (BIGBASKET, QUICKCART):
        needed = {layout.columns[fact] for fact in ("sku", "title", "price")}
        if needed <= names and names.issuperset(layout.levels):
            return layout
    raise FileUnreadable(
        reason=_(
            "These columns are not known. Name those of sku, title and price, "
            "for example --column title=Product."
        )
    )


class Reader:
    """The products of a file, in its order.

    Raises:
        FileUnreadable: it is no CSV file, or a column that was named is missing.
    """

    def __init__(
        self,
        path: Path,
        *,
        layout: Layout | None = None,
        columns: Mapping[str, str] | None = None,
        only: Iterable[str] = (),
    ) -> None:
        self._rows = csv.reader(lines_of(path))
        self.header = [name.strip().lower() for name in self._read_header()]
        named = {fact: name.strip().lower() for fact, name in (columns or {}).items()}
        is_complete = {"sku", "title", "price"} <= named.keys()
        self.layout = layout or (
            Layout("named", {}) if is_complete else layout_of(self.header)
        )
        self.columns = {**self.layout.columns, **named}
        missing = set(named.values()) - set(self.header)
        if missing:
            reason = _("There is no column “%s” in the file.") % min(missing)
            raise FileUnreadable(reason=reason)
        self.only = {name.casefold() for name in only or self.layout.only}
        self.facts = self._facts()

    def _facts(self) -> frozenset[str]:
        """Return what the file tells about a product, and so may change."""
        found = {fact for fact, name in self.columns.items() if name in self.header}
        if self.layout.levels:
            found.add("category")
        if self.layout.size_in_name:
            found |= {"pack_amount", "pack_unit"}
        return frozenset(found)

    def _read_header(self) -> list[str]:
        try:
            return next(self._rows, [])
        except csv.Error as error:
            reason = _("This is not a CSV file: %s.") % error
            raise FileUnreadable(reason=reason) from None

    def __iter__(self) -> Iterator[Line]:
        while True:
            number = self._rows.line_num + 1
            try:
                cells = next(self._rows, None)
            except csv.Error:
                reason = _("Up to line %s a quote is not closed.") % self._rows.line_num
                yield Line(number, None, refused=reason)
                continue
            if cells is None:
                return
            values = dict(zip(self.header, cells, strict=False))
            if not any(cell.strip() for cell in cells) or not self._is_meant(values):
                continue
            yield self._line(number, values, is_short=len(cells) < len(self.header))

    def _line(self, number: int, values: dict[str, str], *, is_short: bool) -> Line:
        title = self._value(values, "title").strip()
        if is_short:
            reason = _("It has fewer cells than the header.")
            return Line(number, None, refused=reason, title=title)
        try:
            return Line(number, self._product(values), title=title)
        except RowRefused as refused:
            return Line(number, None, refused=str(refused), title=title)

    def _is_meant(self, values: dict[str, str]) -> bool:
        if not self.only:
            return True
        path = self._category(values)
        return bool(path) and path[0].strip().casefold() in self.only

    def _value(self, values: dict[str, str], fact: str) -> str:
        return values.get(self.columns.get(fact, ""), "")

    def _category(self, values: dict[str, str]) -> tuple[str, ...]:
        if self.layout.levels and "category" not in self.columns:
            return tuple(values.get(name, "") for name in self.layout.levels)
        parts = self._value(values, "category").split(">")
        return tuple(part.strip() for part in parts)

    def _product(self, values: dict[str, str]) -> ProductRow:
        said = {fact: self._value(values, fact) for fact in self.facts}
        facts: dict[str, Any] = {
            fact: _PARSERS.get(fact, str)(said[fact])
            for fact in said
            if said[fact].strip() and fact not in {"category", "sku"}
        }
        if "price" not in facts:
            raise RowRefused(reason=_("The price is missing."))
        if self.layout.size_in_name and "pack_amount" not in facts:
            facts["pack_amount"], facts["pack_unit"] = sizes.size_in(
                facts.get("title", "")
            )
        sku = self._value(values, "sku").strip()
        return ProductRow(
            sku=f"{self.layout.sku_prefix}{sku}" if sku else "",
            title=facts.pop("title", ""),
            category=self._category(values),
            **facts,
        )


def decimal_of(text: str) -> Decimal:
    """Return a number, written with point or comma, with or without a currency.

    Raises:
        RowRefused: it is none.
    """
    found = _NUMBER.fullmatch(text.strip())
    plain = re.sub(r"\s", "", found["number"]) if found else ""
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        reason = _("“%s” is not a number.") % text.strip()[:40]
        raise RowRefused(reason=reason) from None


def whole_of(text: str) -> int:
    """Return a whole number.

    Raises:
        RowRefused: it is none.
    """
    number = decimal_of(text)
    # 1e999999 is a number whose digits nobody has room for.
    if number.adjusted() > 12 or number != number.to_integral_value():  # noqa: PLR2004
        raise RowRefused(reason=_("“%s” is not a whole number.") % text.strip()[:40])
    return int(number)


def names_of(choices: Any) -> Callable[[str], list[str]]:
    """Return a parser of "milk, Eggs; none": values or labels of choices."""
    known = {
        word.casefold(): value
        for value, label in choices.choices
        for word in (
            value,
            str(label),
            value.replace("_", "-"),
            value.replace("_", " "),
        )
    }

    def parse(text: str) -> list[str]:
        words = [word.strip().casefold() for word in re.split(r"[,;|]", text)]
        told = [word for word in words if word and word not in {"none", "-"}]
        unknown = [word for word in told if word not in known]
        if unknown:
            reason = _("Nobody knows what “%s” means.") % unknown[0][:40]
            raise RowRefused(reason=reason)
        return sorted({known[word] for word in told})

    return parse


_PARSERS: dict[str, Callable[[str], Any]] = {
    "price": decimal_of,
    "pack_amount": decimal_of,
    "tax_rate": decimal_of,
    "stock": whole_of,
    "low_stock": whole_of,
    "priority": whole_of,
    "allergens": names_of(Allergen),
    "may_contain": names_of(Allergen),
    "diets": names_of(Diet),
    "gtin": lambda text: re.sub(r"[\s-]", "", text),
    "pack_unit": lambda text: text.strip().lower(),
}
