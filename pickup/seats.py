"""Keeping, taking and giving back a seat.

Locks are taken in one order everywhere: basket, then slot. Whoever lessens a
slot's room locks its row first and counts afterwards, in a statement of its own:
what it counts is then what is true until it commits. (A count inside the locking
statement would see the holds of before it waited.)
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from pickup import selectors
from pickup.models import Booking, Slot, SlotHold
from pickup.selectors import Rules
from pickup.windows import Stretch
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order
from tenants import context


class SlotUnknown(Refusal):
    """What was sent is no slot of this shop."""

    code = "slot_unknown"
    sentence = _("That is not a time you can collect at. Please choose another.")


class SlotClosed(Refusal):
    """Orders for the slot are closed, or the shop is."""

    code = "slot_closed"
    sentence = _("Orders for %(time)s are closed. Please choose a later time.")


class SlotFull(Refusal):
    """Others have every seat. `next` is the value of the next free slot, or empty."""

    code = "slot_full"
    sentence = _("%(time)s is full now. The next free time is %(next_time)s.")
    alone: ClassVar[str | Promise] = _(
        "%(time)s is full now, and no later time is free at the moment."
    )

    def __str__(self) -> str:
        sentence = self.sentence if self.data["next"] else self.alone
        return str(sentence) % self.data


def find(value: str, *, rules: Rules) -> Stretch:
    """Return the slot a form's value names.

    Raises:
        SlotUnknown: it names none.
    """
    starts_at = selectors.start_of(value)
    stretch = selectors.stretch_of(rules, starts_at) if starts_at else None
    if stretch is None:
        raise SlotUnknown
    return stretch


def check_time(
    stretch: Stretch, *, rules: Rules, basket: Basket | None, now: datetime
) -> None:
    """Refuse a slot past its cut-off, unless the basket's hold is older than that.

    Raises:
        SlotClosed: it is too late, and nothing is held.
    """
    if rules.is_taking_orders(stretch, now=now):
        return
    kept = live_hold(basket, now=now)
    if kept is None or kept.slot.starts_at != stretch.starts_at:
        raise SlotClosed(time=words_for(stretch))


def live_hold(basket: Basket | None, *, now: datetime) -> SlotHold | None:
    """Return the basket's hold with its slot, while it counts."""
    if basket is None or basket.pk is None:
        return None
    return (
        SlotHold.objects.select_related("slot")
        .filter(basket_id=basket.pk, expires_at__gt=now)
        .first()
    )


def hold(stretch: Stretch, *, rules: Rules, basket: Basket, now: datetime) -> SlotHold:
    """Keep a seat for a saved basket; the one it held before is free again.

    Raises:
        SlotFull: others have every seat.
    """
    expires_at = now + timedelta(minutes=rules.settings.hold_minutes)
    with transaction.atomic():
        # Placing an order locks the basket before the slot: so does this.
        Basket.objects.select_for_update(no_key=True).filter(pk=basket.pk).first()
        slot = _lock(stretch, rules=rules)
        has_room = _taken(slot, basket_id=basket.pk, now=now) < slot.capacity
        if has_room:
            kept, _is_new = SlotHold.objects.update_or_create(
                basket_id=basket.pk, defaults={"slot": slot, "expires_at": expires_at}
            )
    if not has_room:
        raise full(stretch, rules=rules, basket_id=basket.pk, now=now)
    return kept


def reserve(
    stretch: Stretch,
    *,
    rules: Rules,
    order: Order,
    basket: Basket | None,
    now: datetime,
) -> None:
    """Take a seat for an order, in the order's transaction, as its last act.

    Raises:
        SlotFull: others have or hold every seat.
    """
    basket_id = basket.pk if basket else None
    slot = _lock(stretch, rules=rules)
    held_by_others = Count(
        "holds", filter=Q(holds__expires_at__gt=now) & ~Q(holds__basket_id=basket_id)
    )
    with_room = (
        Slot.objects.annotate(held_by_others=held_by_others)
        .filter(booked__lt=F("capacity") - F("held_by_others"))
        .values("pk")
    )
    taken = Slot.objects.filter(pk=slot.pk, pk__in=with_room).update(
        booked=F("booked") + 1
    )
    if not taken:
        raise full(stretch, rules=rules, basket_id=basket_id, now=now)
    Booking.objects.create(slot=slot, order=order, created_at=now)
    if basket_id:
        SlotHold.objects.filter(basket_id=basket_id).delete()


def release(*, order: Order, now: datetime) -> bool:
    """Give an order's seat back; say whether this call did it."""
    with transaction.atomic():
        booking = Booking.objects.filter(order_id=order.pk, released_at=None)
        if not booking.update(released_at=now):
            return False
        Slot.objects.filter(bookings__order_id=order.pk).update(booked=F("booked") - 1)
    return True


def full(
    stretch: Stretch, *, rules: Rules, basket_id: int | None, now: datetime
) -> SlotFull:
    """Return the refusal that names the next free slot."""
    other = selectors.next_free(
        rules, now=now, basket_id=basket_id, after=stretch.starts_at
    )
    return SlotFull(
        time=words_for(stretch),
        next=selectors.value_of(other.starts_at) if other else "",
        next_time=words_for(other) if other else "",
    )


def words_for(stretch: Stretch) -> str:
    """Return a slot as people say it, in the shop's zone: "Monday 10:00–10:30"."""
    zone = context.current_shop().zone
    starts_at, ends_at = (
        moment.astimezone(zone) for moment in (stretch.starts_at, stretch.ends_at)
    )
    return f"{date_format(starts_at, 'l H:i')}–{date_format(ends_at, 'H:i')}"


def _lock(stretch: Stretch, *, rules: Rules) -> Slot:
    """Return the slot's row, locked until the transaction ends; make it at need."""
    rows = Slot.objects.select_for_update(no_key=True)
    slot = rows.filter(starts_at=stretch.starts_at).first()
    if slot is not None:
        return slot
    made = Slot(
        starts_at=stretch.starts_at,
        ends_at=stretch.ends_at,
        capacity=rules.settings.capacity,
    )
    Slot.objects.bulk_create([made], ignore_conflicts=True)
    return rows.get(starts_at=stretch.starts_at)


def _taken(slot: Slot, *, basket_id: int, now: datetime) -> int:
    """Count the seats that are not this basket's; the row must be locked."""
    others = SlotHold.objects.filter(slot=slot, expires_at__gt=now)
    return slot.booked + others.exclude(basket_id=basket_id).count()
