"""Our record of money, in Oscar's tables: a source is one attempt to be paid.

Each function writes in the caller's transaction.
"""

from datetime import datetime
from decimal import Decimal

from django.db import connection

from kernel.money import Money
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.payment.models import Source, SourceType, Transaction
from storefront.payments import methods
from storefront.payments.gateway import Outcome

EXPECT = """
INSERT INTO payment_source (
    order_id, source_type_id, currency, amount_allocated, amount_debited,
    amount_refunded, reference, label
)
SELECT %(order)s, id, %(currency)s, %(amount)s, 0, 0, %(reference)s, %(label)s
FROM payment_sourcetype WHERE code = %(method)s
"""


class MoneyNotTakenError(RuntimeError):
    """A gateway paid in person did not say that the money is there."""


def expect(*, order: Order, method: str) -> None:
    """Record how much a new order is to bring, and in which way."""
    title = str(methods.gateway(method).title)
    expected = {
        "order": order.pk,
        "currency": order.currency,
        "amount": order.total_incl_tax,
        "reference": order.public_reference,
        "label": title,
        "method": method,
    }
    with connection.cursor() as cursor:
        cursor.execute(EXPECT, expected)
        if not cursor.rowcount:  # the shop's first order that is paid in this way
            SourceType.objects.get_or_create(code=method, defaults={"name": title})
            cursor.execute(EXPECT, expected)


def settle_in_person(*, order: Order, now: datetime) -> None:
    """Record that the counter took an order's money, where it is paid there.

    The order's row must be locked.

    Raises:
        MoneyNotTakenError: the gateway did not take it.
    """
    gateway = methods.gateway(order.payment_method)
    if not gateway.is_in_person:
        return
    source = Source.objects.get(order=order)
    amount = Money(source.amount_allocated, source.currency)
    result = gateway.capture(
        authorisation=source.reference,
        amount=amount,
        key=f"capture:{order.public_reference}",
    )
    if result.outcome is not Outcome.DONE:
        raise MoneyNotTakenError(result.reason)
    Source.objects.filter(pk=source.pk).update(amount_debited=amount.amount)
    Transaction.objects.create(
        source=source,
        txn_type=Transaction.DEBIT,
        amount=amount.amount,
        reference=result.reference,
        status=result.outcome,
    )


def expect_nothing(*, order: Order) -> None:
    """Record that a cancelled order brings nothing; what was taken stays on record."""
    Source.objects.filter(order=order, amount_debited=0).update(
        amount_allocated=Decimal(0)
    )
