"""Oscar's stock, with the rule that what is promised is there."""

from django.db import models
from django.db.models import F, Q
from oscar.apps.partner import abstract_models


class StockRecord(abstract_models.AbstractStockRecord):
    class Meta(abstract_models.AbstractStockRecord.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(num_allocated__isnull=True) | Q(num_allocated__gte=0),
                name="stock_allocated_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(num_in_stock__isnull=True)
                | Q(num_allocated__isnull=True)
                | Q(num_allocated__lte=F("num_in_stock")),
                name="stock_allocated_within_stock",
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="stock_price_not_negative",
            ),
        ]


from oscar.apps.partner.models import *

# Named, because others import it from here.
from oscar.apps.partner.models import Partner
