"""Our record of money, in Oscar's tables: a source is one attempt to be paid.

Each function writes in the caller's transaction.
"""

from datetime import datetime
from decimal import Decimal

from kernel.money import Money
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.payment.models import Source, SourceType, Transaction
from storefront.payments import methods
from storefront.payments.gateway import Outcome


class MoneyNotTakenError(RuntimeError):
    """A gateway paid in person did not say that the money is there."""


def expect(*, order: Order, method: str) -> Source:
    """Record how much a new order is to bring, and in which way."""
    gateway = methods.gateway(method)
    kind, _is_new = SourceType.objects.get_or_create(
        code=method, defaults={"name": str(gateway.title)}
    )
    source: Source = Source.objects.create(
        order=order,
        source_type=kind,
        currency=order.currency,
        amount_allocated=order.total_incl_tax,
        reference=order.public_reference,
        label=str(gateway.title),
    )
    return source


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
