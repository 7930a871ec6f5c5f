"""The pack size that stands in a product's name: "Oats, 500 g", "Cola 6x330 ml"."""

import re
from decimal import Decimal

from storefront.oscar_apps.catalogue.models import PackUnit

_UNITS = {
    PackUnit.GRAM: ("g", "gm", "gms", "gr", "gram", "grams"),
    PackUnit.KILOGRAM: ("kg", "kgs", "kilo", "kilogram"),
    PackUnit.MILLILITRE: ("ml", "mls"),
    PackUnit.LITRE: ("l", "lt", "ltr", "ltrs", "litre", "litres", "liter", "liters"),
    PackUnit.PIECE: ("pc", "pcs", "piece", "pieces", "nos", "units"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_NUMBER = r"\d{1,5}(?:[.,]\d{1,3})?"
_WORDS = "|".join(sorted(_UNIT_OF, key=len, reverse=True))

#: "6 x 200 ml" or "200 ml"; not the end of a range ("8-10 kg") or of a name.
_SIZE = re.compile(
    rf"(?<![\w.,–-])(?:(?P<times>\d{{1,3}})\s*[x×*]\s*)?"
    rf"(?P<amount>{_NUMBER})\s*(?P<unit>{_WORDS})\b(?!\s*[-–]\s*\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"\d\s*(?:-|–|to)\s*{_NUMBER}\s*(?:{_WORDS})\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(?:pack|set|box)\s+of\s+(?P<count>\d{1,3})\b", re.IGNORECASE)


def size_in(name: str) -> tuple[Decimal | None, str]:
    """Return amount and unit of the one size in a name; (None, "") otherwise.

    A bundle ("Oats 500 g + Honey 250 g") has several: its unit price would mean
    nothing, so it has none.
    """
    if _RANGE.search(name):
        return None, ""
    sizes = list(_SIZE.finditer(name))
    count = _COUNT.search(name)
    if len(sizes) > 1 or "+" in name:
        return None, ""
    if not sizes:
        return (Decimal(count["count"]), PackUnit.PIECE) if count else (None, "")
    (size,) = sizes
    unit = _UNIT_OF[size["unit"].lower()]
    amount = Decimal(size["amount"].replace(",", ".")) * int(size["times"] or 1)
    if count and unit != PackUnit.PIECE:
        amount *= int(count["count"])
    # A pack of nothing, or of tons, is a number that means something else.
    if not 0 < amount < 100_000:  # noqa: PLR2004
        return None, ""
    return amount, unit.value
