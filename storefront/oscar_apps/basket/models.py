"""Oscar's basket, read in two queries however much lies in it."""

from django.db import models
from django.db.models import Q
from oscar.apps.basket import abstract_models

from kernel.prepared import Parameter, Prepared

#: Nobody carries more of one thing home; more than this is a typing error.
MAX_QUANTITY = 99


class Basket(abstract_models.AbstractBasket):
    class Meta(abstract_models.AbstractBasket.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status="Open"),
                name="basket_one_open_per_owner",
            )
        ]

    def all_lines(self) -> list["Line"]:
        """Return the lines with all that pricing asks of them, read once."""
        if self.id is None:
            return []
        if self._lines is None:
            self._lines = LINES(basket=self.id)
            for line in self._lines:
                line.basket = self
        return self._lines

    def know(self, lines: list["Line"]) -> None:
        """Take lines for what lies in the basket, without reading them."""
        self.reset_offer_applications()
        self._lines = lines

    @property
    def num_lines(self) -> int:
        return len(self.all_lines())


class Line(abstract_models.AbstractLine):
    class Meta(abstract_models.AbstractLine.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MAX_QUANTITY)),
                name="basket_line_quantity_in_range",
            )
        ]

    @property
    def purchase_info(self):
        # Oscar asks for the product's stock records again, a query a line.
        if not hasattr(self, "_info"):
            self._info = self.basket.strategy.fetch_for_product(
                self.product, stockrecord=self.stockrecord
            )
        return self._info


LINES = Prepared[Line](
    lambda: (
        Line.objects.filter(basket_id=Parameter("basket"))
        .select_related(
            "product__product_class",
            "product__parent__product_class",
            "stockrecord__partner",
        )
        .order_by("pk")
    )
)


from oscar.apps.basket.models import *
