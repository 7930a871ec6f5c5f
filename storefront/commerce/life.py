"""The life of an order: which step may follow which, and what each one does.

    placed → accepted → picking → ready → collected
    └──────────┴──────────┴─────────┴──→ cancelled

Each step is one call: the order's row is locked, so that of two people who press
at once the second is told where the order stands.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kernel.refusal import Refusal
from storefront import fulfilment
from storefront.commerce import announcements, stock
from storefront.oscar_apps.order.models import Order, OrderStatus, OrderStatusChange
from storefront.payments import ledger

NEXT = {
    OrderStatus.PLACED: OrderStatus.ACCEPTED,
    OrderStatus.ACCEPTED: OrderStatus.PICKING,
    OrderStatus.PICKING: OrderStatus.READY,
    OrderStatus.READY: OrderStatus.COLLECTED,
}
CANCELLABLE = frozenset(NEXT)


class NotNow(Refusal):
    """The step does not follow from where the order stands; `state` says where."""

    code = "not_now"
    sentence = _("Order %(number)s is “%(state_label)s” now. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step; the name stays when the account goes."""

    user: User | None
    name: str


def next_of(status: str) -> OrderStatus | None:
    """Return the step that follows, or None at the end of an order's life."""
    return NEXT.get(OrderStatus(status))


def advance(
    *, order_id: int, to: OrderStatus, actor: Actor, now: datetime, note: str = ""
) -> Order:
    """Take an order one step further; money and goods change hands at the last.

    Raises:
        NotNow: the order stands elsewhere.
        Order.DoesNotExist: the shop has no such order.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if next_of(order.status) != to:
            raise _not_now(order, to=to)
        if to == OrderStatus.COLLECTED:
            ledger.settle_in_person(order=order, now=now)
            stock.hand_out(order_id=order.pk, now=now)
        change = _write(order, to=to, actor=actor, note=note, now=now)
        announcements.announce_step(order=order, change=change, now=now)
    return order


def cancel(*, order_id: int, actor: Actor, now: datetime, reason: str = "") -> Order:
    """End an order that was not collected; its goods and seat are free again, once.

    Raises:
        NotNow: it is collected or cancelled already.
        Order.DoesNotExist: the shop has no such order.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if order.status not in CANCELLABLE:
            raise _not_now(order, to=OrderStatus.CANCELLED)
        ledger.expect_nothing(order=order)
        change = _write(
            order, to=OrderStatus.CANCELLED, actor=actor, note=reason, now=now
        )
        freed = stock.give_back(order_id=order.pk, now=now)
        announcements.announce_step(
            order=order, change=change, product_ids=freed, now=now
        )
        fulfilment.provider().release(order=order, now=now)
    return order


def _locked(order_id: int) -> Order:
    order: Order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    return order


def _not_now(order: Order, *, to: OrderStatus) -> NotNow:
    state = OrderStatus(order.status)
    return NotNow(
        number=order.number, state=str(state), state_label=str(state.label), to=str(to)
    )


def _write(
    order: Order, *, to: OrderStatus, actor: Actor, note: str, now: datetime
) -> OrderStatusChange:
    change: OrderStatusChange = OrderStatusChange.objects.create(
        order=order,
        old_status=order.status,
        new_status=to,
        date_created=now,
        actor=actor.user,
        actor_name=actor.name,
        note=note,
    )
    order.status, order.status_changed_at = to, now
    order.save(update_fields=["status", "status_changed_at"])
    return change
