"""An order as its customer sees it, found by the name nobody guesses."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from kernel import ids
from kernel.prepared import Parameter, Prepared
from storefront import fulfilment
from storefront.commerce import life
from storefront.oscar_apps.order.models import (
    Line,
    Order,
    OrderStatus,
    OrderStatusChange,
)
from tenants.limits import Limit

#: A link of an order that is over leads nowhere after this long.
LINK_LIFE = timedelta(days=90)
#: The customer may call an order off while nobody has begun to pack it.
CANCELLABLE = (OrderStatus.PLACED, OrderStatus.ACCEPTED)
#: After so many links that lead nowhere an address is shown no order for a while.
WRONG_LINKS = Limit("wrong-links", most=10, seconds=600)

_ORDER = Prepared[Order](
    lambda: Order.objects.filter(
        ~Q(status__in=life_over()) | Q(status_changed_at__gt=Parameter("since")),
        public_reference=Parameter("reference"),
    )
)
_CHANGES = Prepared[OrderStatusChange](
    lambda: OrderStatusChange.objects.filter(order_id=Parameter("order")).order_by(
        "date_created", "pk"
    )
)
_LINES = Prepared[Line](
    lambda: (
        Line.objects.filter(order_id=Parameter("order"))
        .select_related("product")
        .only(
            "title",
            "quantity",
            "line_price_incl_tax",
            "product__slug",
            "product__is_public",
        )
        .order_by("pk")
    )
)

_REFERENCE = re.compile(f"[{ids.ALPHABET}]{{16}}", re.ASCII)
# What people read for the letters the alphabet leaves out.
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an order's life that was taken."""

    status: OrderStatus
    taken_at: datetime
    note: str


def spell(text: str) -> str | None:
    """Return the reference somebody meant, or None if it can be none."""
    reference = text.strip().lower().replace("-", "").translate(_MISREAD)
    return reference if _REFERENCE.fullmatch(reference) else None


def is_known(reference: str) -> bool:
    """Say whether the shop has an order of exactly this reference."""
    if not _REFERENCE.fullmatch(reference):
        return False
    return bool(Order.objects.filter(public_reference=reference).exists())


def find(reference: str, *, now: datetime) -> Order:
    """Return an order by its reference.

    Raises:
        Order.DoesNotExist: there is none, or its link has expired.
    """
    if not _REFERENCE.fullmatch(reference):
        raise Order.DoesNotExist
    order = _ORDER.first(reference=reference, since=now - LINK_LIFE)
    if order is None:
        raise Order.DoesNotExist
    return order


def life_over() -> list[OrderStatus]:
    """Return the states nothing follows."""
    return [status for status in OrderStatus if life.next_of(status) is None]


def steps(order: Order) -> list[Step]:
    """Return the steps an order took, in order."""
    return [
        Step(OrderStatus(change.new_status), change.date_created, change.note)
        for change in _CHANGES(order=order.pk)
    ]


def lines(order: Order) -> list[Line]:
    """Return an order's lines with what their products' addresses are made of."""
    return _LINES(order=order.pk)


def may_cancel(order: Order, *, now: datetime) -> bool:
    """Say whether the customer may still call the order off."""
    if order.status not in CANCELLABLE:
        return False
    provider = fulfilment.provider()
    return now < provider.changeable_until(collect_from=order.collect_from)


def of_customer(user: User) -> QuerySet[Order]:
    """Return a customer's orders, newest first, with the number of their pieces."""
    found: QuerySet[Order] = (
        Order.objects.filter(user=user)
        .annotate(pieces=Sum("lines__quantity"))
        .order_by("-date_placed", "-pk")
    )
    return found
