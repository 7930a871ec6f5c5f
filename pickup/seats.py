"""Keeping, taking and giving back a seat.

Locks are taken in one order everywhere: basket, then slot. Whoever lessens a
slot's room locks its row first and counts afterwards, in a statement of its own:
what it counts is then what is true until it commits. (A count inside the locking
statement would see the holds of before it waited.)

Whoever changes the rules (`pickup.rules`) locks them, then the slots they are about.
So an order need not lock the rules: it reads them when it has its slot, and they are
what they are until it commits. Only where a slot has no row to lock yet are the rules
locked in its stead, shared with all others who make rows: were it done for each order,
each would write the header of one and the same row.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection, transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.prepared import Parameter, Prepared
from kernel.refusal import Refusal
from pickup import selectors
from pickup.models import Booking, Slot, SlotHold
from pickup.selectors import Rules
from pickup.windows import Stretch
from storefront.commerce.baskets import BasketClosed
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order
from tenants import context

_BASKET = Prepared[tuple[int]](
    lambda: (
        Basket.objects.select_for_update(no_key=True)
        .filter(pk=Parameter("basket"), status=Basket.OPEN)
        .values_list("pk")
    )
)
_SLOT = Prepared[Slot](
    lambda: Slot.objects.select_for_update(no_key=True).filter(
        starts_at=Parameter("starts_at")
    )
)
# Django has no word for it. Whoever changes the rules waits for it, and it for them.
SHARE_RULES = "SELECT FROM pickup_pickupsettings FOR SHARE"

# The slot's row is locked: what is counted here is true until the commit.
KEEP = """
INSERT INTO pickup_slothold (slot_id, basket_id, expires_at)
SELECT slot.id, %(basket)s, %(expires_at)s
FROM pickup_slot slot
WHERE slot.id = %(slot)s AND slot.capacity > slot.booked + (
    SELECT count(*) FROM pickup_slothold other
    WHERE other.slot_id = slot.id AND other.expires_at > %(now)s
      AND other.basket_id <> %(basket)s
)
ON CONFLICT (basket_id) DO UPDATE
SET slot_id = excluded.slot_id, expires_at = excluded.expires_at
"""

TAKE = """
WITH taken AS (
    UPDATE pickup_slot SET booked = booked + 1
    WHERE id = %(slot)s AND capacity > booked + (
        SELECT count(*) FROM pickup_slothold other
        WHERE other.slot_id = %(slot)s AND other.expires_at > %(now)s
          AND other.basket_id IS DISTINCT FROM %(basket)s
    )
    RETURNING id
), given_back AS (
    DELETE FROM pickup_slothold USING taken WHERE basket_id = %(basket)s
)
INSERT INTO pickup_booking (slot_id, order_id, created_at)
SELECT id, %(order)s, %(now)s FROM taken
RETURNING id
"""


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
    return _planned(_start_of(value), rules=rules)


def check_time(
    stretch: Stretch, *, rules: Rules, basket: Basket | None, now: datetime
) -> SlotHold | None:
    """Refuse a slot past its cut-off, unless the basket's hold is older than that.

    Returns:
        The hold that lets a late one in; None where there is time.

    Raises:
        SlotClosed: it is too late, and nothing is held, or the slot is over.
    """
    if rules.is_taking_orders(stretch, now=now):
        return None
    kept = live_hold(basket, now=now)
    is_its_own = kept is not None and kept.slot.starts_at == stretch.starts_at
    if not is_its_own or stretch.ends_at <= now:
        raise SlotClosed(time=words_for(stretch))
    return kept


def live_hold(basket: Basket | None, *, now: datetime) -> SlotHold | None:
    """Return the basket's hold with its slot, while it counts."""
    if basket is None or basket.pk is None:
        return None
    return selectors.hold_of(basket.pk, now=now)


def hold(stretch: Stretch, *, rules: Rules, basket_id: int, now: datetime) -> datetime:
    """Keep a seat for a saved basket; the one it held before is free again.

    Returns:
        Until when it is kept: never longer than the slot lasts.

    Raises:
        SlotFull: others have every seat.
        SlotUnknown: the rules have been changed, and there is no such slot.
        BasketClosed: it was ordered meanwhile.
    """
    kept_for = timedelta(minutes=rules.settings.hold_minutes)
    expires_at = min(now + kept_for, stretch.ends_at)
    with transaction.atomic():
        # Placing an order locks the basket before the slot: so does this.
        if not _BASKET(basket=basket_id):
            raise BasketClosed
        slot = _SLOT.first(starts_at=stretch.starts_at)
        if slot is None:
            slot, rules = _make(stretch.starts_at, now=now)
        with connection.cursor() as cursor:
            cursor.execute(
                KEEP,
                {
                    "slot": slot.pk,
                    "basket": basket_id,
                    "expires_at": expires_at,
                    "now": now,
                },
            )
            has_room = cursor.rowcount > 0
    if not has_room:
        raise full(stretch, rules=rules, basket_id=basket_id, now=now)
    return expires_at


def reserve(value: str, *, order: Order, basket: Basket | None, now: datetime) -> None:
    """Take a seat for an order, in the order's transaction, as its last act.

    Raises:
        SlotUnknown, SlotClosed: the rules have no such slot, or it is too late.
        SlotFull: others have or hold every seat.
    """
    starts_at = _start_of(value)
    slot = _SLOT.first(starts_at=starts_at)
    if slot is None:
        slot, rules = _make(starts_at, now=now)
    else:
        # Now that it is locked: they stay like that until the order commits.
        rules = selectors.rules(now=now)
    stretch = _planned(starts_at, rules=rules)
    check_time(stretch, rules=rules, basket=basket, now=now)
    basket_id = basket.pk if basket else None
    wanted = {"slot": slot.pk, "order": order.pk, "basket": basket_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, wanted)
        is_taken = cursor.fetchone() is not None
    if not is_taken:
        raise full(stretch, rules=rules, basket_id=basket_id, now=now)


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


def _start_of(value: str) -> datetime:
    starts_at = selectors.start_of(value)
    if starts_at is None:
        raise SlotUnknown
    return starts_at


def _planned(starts_at: datetime, *, rules: Rules) -> Stretch:
    stretch = selectors.stretch_of(rules, starts_at)
    if stretch is None:
        raise SlotUnknown
    return stretch


def _make(starts_at: datetime, *, now: datetime) -> tuple[Slot, Rules]:
    """Make a slot's row, locked, by rules that nobody can change until it is committed.

    Whoever changes them afterwards finds the row; read before the lock they could be
    others by now, and who changed them has looked for rows already.

    Returns:
        The slot, with no more than its key, and the rules.

    Raises:
        SlotUnknown: the rules have no such slot.
    """
    with connection.cursor() as cursor:
        cursor.execute(SHARE_RULES)
    rules = selectors.rules(now=now)
    stretch = _planned(starts_at, rules=rules)
    made = Slot(
        starts_at=stretch.starts_at,
        ends_at=stretch.ends_at,
        capacity=rules.settings.capacity,
    )
    # A row that somebody made meanwhile has the same end: writing it only locks it.
    [slot] = Slot.objects.bulk_create(
        [made],
        update_conflicts=True,
        unique_fields=["starts_at"],
        update_fields=["ends_at"],
    )
    return slot, rules
