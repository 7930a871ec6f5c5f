"""What a basket costs now, and what of it can still be had.

Prices are what the shelf says: VAT is in them. What they are without it is
computed for each line from its product's rate, and rounded there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel import money
from kernel.refusal import Refusal
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.basket.models import Line as BasketLine
from storefront.oscar_apps.catalogue.models import Product
from tenants import context


class OutOfStock(Refusal):
    """Some lines cannot be had as wanted; `lines` says what is left of each."""

    code = "out_of_stock"
    sentence = _("Not everything in your basket is still there: %(summary)s.")

    def __init__(self, *, lines: Sequence[dict[str, Any]]) -> None:
        summary = ", ".join(
            _("%(title)s (%(left)d left)") % line
            if line["left"]
            else _("%(title)s (sold out)") % line
            for line in lines
        )
        super().__init__(lines=list(lines), summary=summary)


class PriceChanged(Refusal):
    """The basket is not what the customer agreed to; `lines` says how it differs."""

    code = "price_changed"
    sentence = _("Your basket has changed since you saw its total.")


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line as the customer saw it."""

    product_id: int
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the customer agreed to pay; without lines, only the total counts."""

    total: Decimal
    lines: tuple[AgreedLine, ...] = ()


@dataclass(frozen=True)
class PricedLine:
    """A basket's line at today's price; `available` is None where nobody counts."""

    line: BasketLine
    quantity: int
    currency: str
    unit_price: Decimal
    available: int | None
    is_stock_counted: bool

    @property
    def product_id(self) -> int:
        return int(self.line.product_id)

    @property
    def title(self) -> str:
        return str(self.line.product.get_title())

    @cached_property
    def price(self) -> Decimal:
        return money.round_to_currency(
            self.unit_price * self.quantity, currency=self.currency
        )

    @cached_property
    def price_excl_tax(self) -> Decimal:
        return self._without_tax(self.price)

    @property
    def unit_price_excl_tax(self) -> Decimal:
        return self._without_tax(self.unit_price)

    @property
    def tax_rate(self) -> Decimal:
        return Decimal(self.line.product.tax_rate)

    @property
    def is_short(self) -> bool:
        """Say whether less is there than wanted."""
        return self.available is not None and self.available < self.quantity

    @property
    def price_when_added(self) -> Decimal | None:
        """Return the unit price of when it was put in, if it was another."""
        before: Decimal | None = self.line.price_incl_tax
        return before if before != self.unit_price else None

    def _without_tax(self, amount: Decimal) -> Decimal:
        return money.round_to_currency(
            amount * 100 / (100 + self.tax_rate), currency=self.currency
        )


@dataclass(frozen=True)
class Quote:
    """A priced basket."""

    lines: tuple[PricedLine, ...]
    currency: str

    @cached_property
    def total(self) -> Decimal:
        return sum((line.price for line in self.lines), Decimal(0))

    @cached_property
    def total_excl_tax(self) -> Decimal:
        return sum((line.price_excl_tax for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return self.total - self.total_excl_tax

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def short_lines(self) -> list[PricedLine]:
        return [line for line in self.lines if line.is_short]

    def trimmed(self) -> "Quote":
        """Return what is left of it when nobody wants more than there is."""
        lines = (
            replace(line, quantity=min(line.quantity, line.available))
            if line.available is not None
            else line
            for line in self.lines
        )
        return replace(self, lines=tuple(line for line in lines if line.quantity))

    def agreed(self) -> Agreed:
        """Return what a customer who sees this page agrees to."""
        lines = (
            AgreedLine(line.product_id, line.quantity, line.unit_price)
            for line in self.lines
        )
        return Agreed(total=self.total, lines=tuple(lines))


def quote(basket: Basket) -> Quote:
    """Price a basket at this moment, in one query."""
    currency = context.current_shop().currency
    lines = tuple(_priced(line, currency=currency) for line in basket.all_lines())
    return Quote(lines=lines, currency=currency)


def is_for_sale(product: Product, info: Any, *, currency: str) -> bool:
    """Say whether the shop sells a product at all; `info` is the strategy's answer."""
    return bool(
        product.is_public
        and info.stockrecord is not None
        and info.price.exists
        and info.price.currency == currency
    )


def left_of(product: Product, info: Any, *, currency: str) -> int | None:
    """Return how many can be had; None where nobody counts."""
    if not is_for_sale(product, info, currency=currency):
        return 0
    if not product.get_product_class().track_stock:
        return None
    return max(0, int(info.stockrecord.net_stock_level))


def _priced(line: BasketLine, *, currency: str) -> PricedLine:
    info, product = line.purchase_info, line.product
    sold = is_for_sale(product, info, currency=currency)
    return PricedLine(
        line=line,
        quantity=line.quantity,
        currency=currency,
        unit_price=info.price.incl_tax if sold else Decimal(0),
        available=left_of(product, info, currency=currency),
        is_stock_counted=bool(product.get_product_class().track_stock),
    )


def check_agreement(quote: Quote, agreed: Agreed) -> None:
    """Refuse to go on with other prices or goods than the customer agreed to.

    Raises:
        PriceChanged: something differs.
    """
    seen = quote.agreed()
    if agreed.total == seen.total and agreed.lines in {(), seen.lines}:
        return
    raise PriceChanged(
        total=str(seen.total),
        agreed_total=str(agreed.total),
        lines=differences(quote, agreed.lines),
    )


def differences(quote: Quote, agreed: Iterable[AgreedLine]) -> list[dict[str, Any]]:
    """Describe each line that is not as agreed: before, and now."""
    before = {line.product_id: line for line in agreed}
    now = {line.product_id: line for line in quote.lines}
    changes: list[dict[str, Any]] = []
    for product_id, line in now.items():
        old = before.get(product_id)
        if old and (old.quantity, old.unit_price) == (line.quantity, line.unit_price):
            continue
        changes.append(
            {
                "product_id": product_id,
                "title": line.title,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
                "agreed_quantity": old.quantity if old else 0,
                "agreed_unit_price": str(old.unit_price) if old else None,
            }
        )
    changes.extend(
        {
            "product_id": line.product_id,
            "title": "",
            "quantity": 0,
            "unit_price": None,
            "agreed_quantity": line.quantity,
            "agreed_unit_price": str(line.unit_price),
        }
        for line in before.values()
        if line.product_id not in now
    )
    return changes


def check_stock(quote: Quote) -> None:
    """Refuse early, before any lock, what is plainly not there.

    Raises:
        OutOfStock: some lines are short.
    """
    if quote.short_lines:
        raise OutOfStock(
            lines=[
                {
                    "product_id": line.product_id,
                    "title": line.title,
                    "wanted": line.quantity,
                    "left": line.available,
                }
                for line in quote.short_lines
            ]
        )
