"""What a customer may do with an order by its link."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order
from storefront.tracking import selectors


class TooLateToCancel(Refusal):
    """The order is being packed, or its cut-off has passed."""

    code = "too_late_to_cancel"
    sentence = _(
        "Order %(number)s can no longer be cancelled here."
        " Please call the shop: we find a way."
    )


def cancel(*, order: Order, actor: life.Actor, now: datetime) -> Order:
    """Cancel an order for its customer.

    Raises:
        TooLateToCancel: it is past that.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if not selectors.may_cancel(locked, now=now):
            raise TooLateToCancel(number=locked.number)
        return life.cancel(
            order_id=locked.pk,
            actor=actor,
            now=now,
            reason=str(_("Cancelled by the customer")),
        )
