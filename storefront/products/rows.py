"""One product as a file, a form or the demo describes it, cleaned and checked."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kernel import money, refusal
from storefront.oscar_apps.catalogue.models import (
    Allergen,
    Diet,
    PackUnit,
    validate_gtin,
)

#: Above these a number is a slip of the hand, not a price or a stock.
MAX_PRICE = Decimal(100_000)
MAX_STOCK = 1_000_000
MAX_PACK = Decimal(100_000)
MAX_LEVELS = 5
MAX_NAME = 255

#: Bytes of UTF-8 that somebody once read as Latin-1.
_MOJIBAKE = re.compile("[\u00c2\u00c3\u00e2][\u0080-\u00bf]")


class RowRefused(refusal.Refusal):
    """A row that cannot become a product; `reason` says why."""

    code = "row_refused"
    sentence = _("%(reason)s")
    status = 400


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with its stock and its place on the shelves.

    `allergens` None is "not declared", an empty list is "contains none". `stock`
    None leaves the count of a product that exists as it is.
    """

    sku: str
    title: str
    price: Decimal
    category: tuple[str, ...] = ()
    brand: str = ""
    gtin: str = ""
    pack_amount: Decimal | None = None
    pack_unit: str = ""
    description: str = ""
    ingredients: str = ""
    allergens: Collection[str] | None = None
    may_contain: Collection[str] = field(default_factory=tuple)
    origin: str = ""
    storage: str = ""
    diets: Collection[str] = field(default_factory=tuple)
    picture: Path | None = None
    stock: int | None = None
    low_stock: int | None = None
    tax_rate: Decimal = Decimal(0)
    priority: int = 0


FIELDS = frozenset(each.name for each in fields(ProductRow))

_LENGTHS = {"sku": 128, "title": MAX_NAME, "brand": 80, "origin": 80, "storage": 160}
_NAMES = {
    "sku": _("SKU"),
    "title": _("name"),
    "brand": _("brand"),
    "origin": _("origin"),
    "storage": _("storage"),
}
_TEXTS = (*_LENGTHS, "gtin", "description", "ingredients")


def clean_text(text: str) -> str:
    """Return a text without stray blanks, control signs and misread bytes.

    Raises:
        RowRefused: it holds a NUL byte, which no text has and no database keeps.
    """
    if "\x00" in text:
        raise RowRefused(reason=_("There is a NUL byte in it."))
    if _MOJIBAKE.search(text):
        text = _reread(text)
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    kept = (" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    return " ".join("".join(kept).split())


def _reread(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def checked(row: ProductRow, *, currency: str) -> ProductRow:
    """Return a row cleaned, its price rounded to the currency.

    Raises:
        RowRefused: it cannot be sold like that.
    """
    texts: dict[str, Any] = {name: clean_text(getattr(row, name)) for name in _TEXTS}
    category = tuple(filter(None, map(clean_text, row.category)))
    row = replace(row, category=category, **texts)
    _check_texts(row)
    _check_numbers(row)
    _check_choices(row)
    return replace(row, price=money.round_to_currency(row.price, currency=currency))


def _check_texts(row: ProductRow) -> None:
    for name in ("sku", "title"):
        if not getattr(row, name):
            raise RowRefused(reason=_("The %s is missing.") % _NAMES[name])
    for name, longest in _LENGTHS.items():
        if len(getattr(row, name)) > longest:
            reason = _("The %(name)s is longer than %(longest)s letters.")
            raise RowRefused(reason=reason % {"name": _NAMES[name], "longest": longest})
    if len(row.category) > MAX_LEVELS or any(
        len(part) > MAX_NAME for part in row.category
    ):
        raise RowRefused(reason=_("The category is too deep or its name too long."))
    if row.gtin:
        try:
            validate_gtin(row.gtin)
        except ValidationError as error:
            raise RowRefused(reason=error.messages[0]) from None


def _check_numbers(row: ProductRow) -> None:
    limits = (
        (_("price"), row.price, Decimal(0), MAX_PRICE),
        (_("stock"), row.stock, 0, MAX_STOCK),
        (_("low-stock mark"), row.low_stock, 0, MAX_STOCK),
        (_("pack size"), row.pack_amount, Decimal("0.001"), MAX_PACK),
        (_("VAT rate"), row.tax_rate, Decimal(0), Decimal(100)),
        (_("priority"), row.priority, -1, 32_767),
    )
    for name, value, least, most in limits:
        if value is None:
            continue
        # "not within" also refuses NaN.
        if Decimal(value).is_nan() or not least <= value <= most:
            reason = _("The %(name)s %(value)s is not between %(least)s and %(most)s.")
            data = {"name": name, "value": value, "least": least, "most": most}
            raise RowRefused(reason=reason % data)
    if (row.pack_amount is None) != (not row.pack_unit):
        raise RowRefused(reason=_("A pack size needs a number and a unit."))


def _check_choices(row: ProductRow) -> None:
    told = {*(row.allergens or ()), *row.may_contain}
    unknown = told - set(Allergen.values)
    unknown |= set(row.diets) - set(Diet.values)
    unknown |= {row.pack_unit} - {*PackUnit.values, ""}
    if unknown:
        known = ", ".join(sorted(unknown))
        raise RowRefused(reason=_("Nobody knows what “%s” means.") % known)
