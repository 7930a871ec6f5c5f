"""What a pack holds, in words, and what a kilo, a litre or a piece of it costs."""

from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, to_locale

from kernel import money
from storefront.oscar_apps.catalogue.models import PackUnit

#: The unit a pack's price is compared in, and how much of the pack's unit it is.
_COMPARED = {
    PackUnit.GRAM.value: ("kg", Decimal(1000)),
    PackUnit.KILOGRAM.value: ("kg", Decimal(1)),
    PackUnit.MILLILITRE.value: ("l", Decimal(1000)),
    PackUnit.LITRE.value: ("l", Decimal(1)),
    PackUnit.PIECE.value: ("piece", Decimal(1)),
}
#: What the card's column holds; a price past it says nothing to anybody.
_TOO_MUCH = Decimal(10) ** 10


def pack_text(amount: Decimal | None, unit: str, *, language: str) -> str:
    """Return "500 g", "6 pieces" or, for one piece, "each"."""
    if not amount or unit not in _COMPARED:
        return ""
    if unit == PackUnit.PIECE:
        if amount == 1:
            return _("each")
        count = format_decimal(amount.normalize(), locale=to_locale(language))
        return ngettext("%(count)s piece", "%(count)s pieces", round(amount)) % {
            "count": count
        }
    return f"{format_decimal(amount.normalize(), locale=to_locale(language))} {unit}"


def unit_price(
    price: Decimal, *, amount: Decimal | None, unit: str, currency: str
) -> tuple[Decimal | None, str]:
    """Return the price of a kg, l or piece, and which of these; (None, "") if unknown.

    One piece has no other price than its own.
    """
    if not amount or unit not in _COMPARED or (unit == PackUnit.PIECE and amount == 1):
        return None, ""
    compared, share = _COMPARED[unit]
    found = price * share / amount
    if found >= _TOO_MUCH:
        return None, ""
    return money.round_to_currency(found, currency=currency), compared
