"""What a product costs here, and whether it can be had, from its stock record.

Shelf prices hold the VAT; what they are without it follows from the product's
rate. Both are read from what was loaded with the product: no query a line.
"""

from decimal import Decimal

from oscar.apps.partner import strategy
from oscar.apps.partner.prices import TaxInclusiveFixedPrice
from oscar.apps.partner.prices import Unavailable as UnavailablePrice

from kernel import money


class Selector:
    def strategy(self, request=None, user=None, **kwargs):
        return Shelf(request)


class ShelfPrices:
    """Prices with the VAT of the product in them."""

    def pricing_policy(self, product, stockrecord):
        if not stockrecord or stockrecord.price is None:
            return UnavailablePrice()
        currency = stockrecord.price_currency
        excl_tax = money.round_to_currency(
            stockrecord.price * 100 / (100 + Decimal(product.tax_rate)),
            currency=currency,
        )
        return TaxInclusiveFixedPrice(
            currency=currency, excl_tax=excl_tax, tax=stockrecord.price - excl_tax
        )

    def parent_pricing_policy(self, product, children_stock):
        for child, stockrecord in children_stock:
            if stockrecord is not None:
                return self.pricing_policy(child, stockrecord)
        return UnavailablePrice()


class Shelf(
    ShelfPrices,
    strategy.UseFirstStockRecord,
    strategy.StockRequired,
    strategy.Structured,
):
    """One stock record a product, counted, at the price on the shelf."""

    def __init__(self, request=None):
        # Oscar's asks who the user is: a query on every page that has a basket.
        self.request = request
        self.user = None
