"""The demo's orders: placed, packed and handed over by the services the pages use."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import User
from quickcart.demo import shops
from storefront import fulfilment
from storefront.commerce import life, orders, pricing
from storefront.commerce.models import CheckoutAttempt
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.partner.strategy import Selector
from tenants import context

Data = dict[str, Any]

#: When each step is taken, from the start of the slot.
STEPS = {
    OrderStatus.ACCEPTED: timedelta(hours=-3),
    OrderStatus.PICKING: timedelta(hours=-1),
    OrderStatus.READY: timedelta(minutes=-20),
    OrderStatus.COLLECTED: timedelta(minutes=12),
}
ORDERED_BEFORE = timedelta(hours=20)


def write(data: Data, *, now: datetime) -> int:
    """Place the file's orders, those that are there already left alone.

    Each order's key is made of its shop and place in the file, so that a load that
    was broken off goes on where it stopped.

    Returns:
        How many were placed.
    """
    placed = 0
    for number, entry in enumerate(data["orders"]):
        key = uuid5(NAMESPACE_URL, f"demo:{data['subdomain']}:{number}")
        if CheckoutAttempt.objects.filter(pk=key, order__isnull=False).exists():
            continue
        order = _place(data, entry, key=key, now=now)
        _live(order, until=OrderStatus(entry["state"]), data=data, now=now)
        placed += 1
    return placed


def _place(data: Data, entry: Data, *, key: UUID, now: datetime) -> Order:
    customer = shops.customers_of(data)[entry["customer"]]
    user = None if entry["guest"] else User.objects.get(email=customer.email)
    ordered_at = min(now, _wanted(entry, now=now) - ORDERED_BEFORE)
    basket = _basket(entry, user)
    return orders.place(
        basket=basket,
        contact=orders.Contact(
            name=customer.name, email=customer.email, phone=customer.phone
        ),
        user=user,
        slot=_slot(entry, basket=basket, ordered_at=ordered_at, now=now),
        payment_method="pay_at_pickup",
        key=key,
        agreed=pricing.Agreed(total=pricing.quote(basket).total),
        now=ordered_at,
    )


def _wanted(entry: Data, *, now: datetime) -> datetime:
    """Return the moment the file names, in the shop's zone."""
    zone = context.current_shop().zone
    date = now.astimezone(zone).date() + timedelta(days=entry["slot_offset_days"])
    return datetime.combine(date, time.fromisoformat(entry["slot_time"]), tzinfo=zone)


def _basket(entry: Data, user: User | None) -> Basket:
    basket: Basket = Basket.objects.create(status=Basket.SAVED)
    basket.strategy = Selector().strategy()  # type: ignore[no-untyped-call]  # Oscar's
    for line in entry["lines"]:
        record = StockRecord.objects.get(partner_sku=line["sku"])
        basket.add_product(record.product, line["quantity"])
    # Saved until it is full: of two open baskets of one owner Oscar makes one.
    Basket.objects.filter(pk=basket.pk).update(status=Basket.OPEN, owner=user)
    basket.refresh_from_db()
    return basket


def _slot(entry: Data, *, basket: Basket, ordered_at: datetime, now: datetime) -> str:
    """Return the slot with room that is nearest to the one the file names."""
    wanted = _wanted(entry, now=now)
    days = fulfilment.provider().days(basket=basket, now=ordered_at)
    offers = [
        offer for day in days for offer in day.slots if offer.state in {"free", "few"}
    ]
    return min(offers, key=lambda offer: abs(offer.starts_at - wanted)).value


def _live(order: Order, *, until: OrderStatus, data: Data, now: datetime) -> None:
    staff = shops.staff_of(data)[-1]
    user = User.objects.get(email=staff.email)
    actor = life.Actor(user=user, name=user.get_full_name())
    if until == OrderStatus.CANCELLED:
        at = min(now, order.collect_from - timedelta(hours=5))
        customer = life.Actor(user=order.user, name=order.customer_name)
        life.cancel(order_id=order.pk, actor=customer, now=at)
        return
    for step in _steps_to(until):
        at = min(now, order.collect_from + STEPS[step])
        life.advance(order_id=order.pk, to=step, actor=actor, now=at)


def _steps_to(until: OrderStatus) -> list[OrderStatus]:
    """Return the steps from placed to a state, in order."""
    steps = list(STEPS)
    return steps[: steps.index(until) + 1] if until in STEPS else []
