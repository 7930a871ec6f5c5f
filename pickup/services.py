"""Pickup at the shop, as storefront.fulfilment asks for it."""

from datetime import datetime, timedelta

from kernel.prepared import Prepared
from pickup import offers, opening, seats, selectors
from pickup.models import PickupSettings
from pickup.selectors import Rules
from pickup.windows import Stretch
from storefront.fulfilment import (
    Choice,
    DayOffer,
    Hold,
    Opening,
    Place,
    Reservation,
)
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order
from tenants import context

_SETTINGS = Prepared[PickupSettings](PickupSettings.objects.all)


class Pickup:
    """Customers come to the shop in a slot of their choice."""

    def opening(self, *, now: datetime) -> Opening:
        """Return the shop's hours."""
        zone = context.current_shop().zone
        return opening.describe(selectors.rules(now=now), zone=zone, now=now)

    def place(self) -> Place:
        """Return where to collect."""
        [settings] = _SETTINGS()
        return _place(settings)

    def days(self, *, basket: Basket | None, now: datetime) -> list[DayOffer]:
        """Return the days and slots a basket may choose from, full ones included."""
        return offers.days(
            rules=selectors.rules(now=now),
            basket_id=basket.pk if basket else None,
            now=now,
        )

    def choice(self, *, basket: Basket, now: datetime) -> Choice:
        """Return all that a basket's owner chooses a time by."""
        rules = selectors.rules(now=now)
        return Choice(
            days=offers.days(rules=rules, basket_id=basket.pk, now=now),
            hold=self.current_hold(basket=basket, now=now),
            place=_place(rules.settings),
        )

    def next_slot(self, *, now: datetime) -> datetime | None:
        """Return the start of the earliest slot with room, in the shop's zone."""
        stretch = selectors.next_free(selectors.rules(now=now), now=now)
        zone = context.current_shop().zone
        return stretch.starts_at.astimezone(zone) if stretch else None

    def hold(self, value: str, *, basket: Basket, now: datetime) -> Hold:
        """Keep a seat for a basket, giving back the one it held.

        Raises:
            SlotUnknown, SlotFull, SlotClosed, BasketClosed.
        """
        rules = selectors.rules(now=now)
        stretch = seats.find(value, rules=rules)
        older = seats.check_time(stretch, rules=rules, basket=basket, now=now)
        if older is not None:
            # Too late to choose it anew: it stays kept for as long as it was.
            return _hold(stretch, expires_at=older.expires_at)
        if basket.pk is None:
            # Oscar's basket of a first visit is saved when something lasts in it.
            basket.save()
        expires_at = seats.hold(stretch, rules=rules, basket_id=basket.pk, now=now)
        return _hold(stretch, expires_at=expires_at)

    def current_hold(self, *, basket: Basket, now: datetime) -> Hold | None:
        """Return the basket's live hold."""
        kept = seats.live_hold(basket, now=now)
        if kept is None:
            return None
        return _hold(
            Stretch(kept.slot.starts_at, kept.slot.ends_at), expires_at=kept.expires_at
        )

    def quote(self, value: str, *, basket: Basket | None, now: datetime) -> Reservation:
        """Check, without a lock, that a slot can still be had; say what it means.

        Raises:
            SlotUnknown, SlotFull, SlotClosed.
        """
        rules = selectors.rules(now=now)
        stretch = seats.find(value, rules=rules)
        seats.check_time(stretch, rules=rules, basket=basket, now=now)
        basket_id = basket.pk if basket else None
        known = selectors.seats_of([stretch], basket_id=basket_id, now=now)
        seat = known.get(stretch.starts_at)
        if not (seat.left if seat else rules.settings.capacity):
            raise seats.full(stretch, rules=rules, basket_id=basket_id, now=now)
        return _reservation(stretch, rules=rules, now=now)

    def reserve(
        self, value: str, *, order: Order, basket: Basket | None, now: datetime
    ) -> None:
        """Take a seat for an order, in its transaction; the basket's hold ends.

        Raises:
            SlotUnknown, SlotFull, SlotClosed: the transaction must be rolled back.
        """
        seats.reserve(value, order=order, basket=basket, now=now)

    def release(self, *, order: Order, now: datetime) -> bool:
        """Give an order's seat back, once; say whether this call did it."""
        return seats.release(order=order, now=now)

    def changeable_until(self, *, collect_from: datetime) -> datetime:
        """Return when an order for a slot becomes too late to change or cancel."""
        [settings] = _SETTINGS()
        return collect_from - timedelta(minutes=settings.cutoff_minutes)


def _place(settings: PickupSettings) -> Place:
    return Place(where=settings.place, bring=settings.what_to_bring)


def _hold(stretch: Stretch, *, expires_at: datetime) -> Hold:
    zone = context.current_shop().zone
    kept = selectors.Seats(capacity=1, booked=0, held_by_others=0, is_held=True)
    return Hold(
        slot=selectors.offer(stretch, kept, capacity=1),
        expires_at=expires_at.astimezone(zone),
    )


def _reservation(stretch: Stretch, *, rules: Rules, now: datetime) -> Reservation:
    packed_at = now + timedelta(minutes=rules.settings.lead_minutes)
    return Reservation(
        collect_from=stretch.starts_at,
        collect_until=stretch.ends_at,
        # Later than the slot's start only where a hold outlived the cut-off.
        estimated_ready_at=min(max(stretch.starts_at, packed_at), stretch.ends_at),
    )
