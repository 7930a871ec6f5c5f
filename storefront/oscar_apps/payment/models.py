"""Oscar's record of money: a source is one attempt to be paid."""

from django.db import models
from django.db.models import F, Q
from oscar.apps.payment import abstract_models


class SourceType(abstract_models.AbstractSourceType):
    """A way of paying; its code is its gateway's."""


class Source(abstract_models.AbstractSource):
    class Meta(abstract_models.AbstractSource.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_refunded__lte=F("amount_debited")),
                name="source_refunded_within_debited",
            )
        ]


class Transaction(abstract_models.AbstractTransaction):
    class Meta(abstract_models.AbstractTransaction.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(txn_type="Debit"),
                name="payment_captured_once",
            )
        ]


from oscar.apps.payment.models import *
