"""Questions about the shop's times: what is planned, and what room is left.

Each costs a fixed number of queries, however many days and slots it covers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import JSONObject

from kernel.prepared import Parameter, Prepared
from pickup.models import Closure, PickupSettings, Slot, SlotHold
from pickup.windows import ClosedDays, DayPlan, Stretch, plan
from storefront.fulfilment import SlotOffer, SlotState
from tenants import context

#: So few seats left that a customer should know.
FEW = 2

_VALUE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rules:
    """The shop's pickup rules with its closed days: one query."""

    settings: PickupSettings
    closures: tuple[ClosedDays, ...]

    @property
    def notice(self) -> timedelta:
        """How long before it starts a slot stops taking orders."""
        return timedelta(
            minutes=max(self.settings.lead_minutes, self.settings.cutoff_minutes)
        )

    def days(self, *, first: date, days: int) -> list[DayPlan]:
        """Return the plan of some days."""
        return plan(
            self.settings.pickup_windows,
            zone=context.current_shop().zone,
            first=first,
            days=days,
            length=timedelta(minutes=self.settings.slot_minutes),
            closures=self.closures,
        )

    def ahead(self, *, now: datetime) -> list[DayPlan]:
        """Return the plan from today to the last day customers may choose."""
        today = now.astimezone(context.current_shop().zone).date()
        return self.days(first=today, days=self.settings.horizon_days + 1)

    def is_taking_orders(self, stretch: Stretch, *, now: datetime) -> bool:
        """Say whether there is still time to order for a slot."""
        return stretch.starts_at - self.notice >= now


@dataclass(frozen=True, slots=True)
class Seats:
    """What is taken of a slot, seen by one basket."""

    capacity: int
    booked: int
    held_by_others: int
    is_held: bool

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.booked - self.held_by_others)


def _with_closures() -> QuerySet[Any]:
    # One query: every page of the shop says whether it is open.
    days = JSONObject(starts_on="starts_on", ends_on="ends_on", reason="reason")
    closures = Closure.objects.filter(ends_on__gte=Parameter("today"))
    found = closures.order_by("starts_on", "pk").values(data=days)
    return PickupSettings.objects.annotate(closed=ArraySubquery(found))


_RULES = Prepared(_with_closures)


def rules(*, now: datetime) -> Rules:
    """Return the shop's rules; closed days that are over are left out."""
    today = now.astimezone(context.current_shop().zone).date()
    [settings] = _RULES(today=today)
    return Rules(
        settings,
        tuple(
            ClosedDays(
                date.fromisoformat(row["starts_on"]),
                date.fromisoformat(row["ends_on"]),
                row["reason"],
            )
            for row in settings.closed
        ),
    )


def _slots_with_holds() -> QuerySet[Slot, Any]:
    live = Q(holds__expires_at__gt=Parameter("now"))
    own = Q(holds__basket_id=Parameter("basket"))
    within = {"starts_at__gte": Parameter("first"), "starts_at__lte": Parameter("last")}
    return (
        Slot.objects.filter(**within)
        .annotate(
            all_held=Count("holds", filter=live),
            own_held=Count("holds", filter=live & own),
        )
        .values_list("starts_at", "capacity", "booked", "all_held", "own_held")
    )


_SEATS = Prepared(_slots_with_holds)


def seats(
    *, first: datetime, last: datetime, basket_id: int | None, now: datetime
) -> dict[datetime, Seats]:
    """Return the seats of the slots that have a row, by their start."""
    rows = _SEATS(first=first, last=last, basket=basket_id, now=now)
    return {
        starts_at: Seats(capacity, booked, all_held - own_held, bool(own_held))
        for starts_at, capacity, booked, all_held, own_held in rows
    }


def seats_of(
    stretches: Iterable[Stretch], *, basket_id: int | None, now: datetime
) -> dict[datetime, Seats]:
    """Return the seats of some slots in time's order; none without any."""
    starts = [stretch.starts_at for stretch in stretches]
    if not starts:
        return {}
    return seats(first=starts[0], last=starts[-1], basket_id=basket_id, now=now)


def next_free(
    rules: Rules,
    *,
    now: datetime,
    basket_id: int | None = None,
    after: datetime | None = None,
) -> Stretch | None:
    """Return the earliest slot with room, or the earliest that starts after one."""
    stretches = [
        stretch
        for stretch in _of(rules.ahead(now=now))
        if rules.is_taking_orders(stretch, now=now)
        and (after is None or stretch.starts_at > after)
    ]
    taken = seats_of(stretches, basket_id=basket_id, now=now)
    for stretch in stretches:
        known = taken.get(stretch.starts_at)
        if known.left if known else rules.settings.capacity:
            return stretch
    return None


def offer(stretch: Stretch, known: Seats | None, *, capacity: int) -> SlotOffer:
    """Return a slot as a customer sees it; without a row it has all its seats."""
    zone = context.current_shop().zone
    offered = SlotOffer(
        value=value_of(stretch.starts_at),
        starts_at=stretch.starts_at.astimezone(zone),
        ends_at=stretch.ends_at.astimezone(zone),
        left=capacity,
        state=_state(capacity),
    )
    return with_seats(offered, known) if known else offered


def with_seats(offered: SlotOffer, known: Seats) -> SlotOffer:
    """Return a slot as a customer sees it who knows its seats."""
    left = known.left
    state: SlotState = "held" if known.is_held else _state(left)
    return SlotOffer(
        offered.value, offered.starts_at, offered.ends_at, left=left, state=state
    )


_HOLD = Prepared[SlotHold](
    lambda: SlotHold.objects.filter(
        basket_id=Parameter("basket"), expires_at__gt=Parameter("now")
    ).select_related("slot")
)


def hold_of(basket_id: int, *, now: datetime) -> SlotHold | None:
    """Return a basket's hold with its slot, while it counts."""
    return _HOLD.first(basket=basket_id, now=now)


def value_of(starts_at: datetime) -> str:
    """Return what a form sends for a slot."""
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def start_of(value: str) -> datetime | None:
    """Return the start a form's value names; None if it names none.

    Exactly what `value_of` writes is read: no other spelling of the same moment.
    """
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def stretch_of(rules: Rules, starts_at: datetime) -> Stretch | None:
    """Return the slot that starts at a moment, if the plan has one."""
    try:
        day = starts_at.astimezone(context.current_shop().zone).date()
        days = rules.days(first=day, days=1)
    except OverflowError:  # the years 1 and 9999
        return None
    for stretch in _of(days):
        if stretch.starts_at == starts_at:
            return stretch
    return None


def _state(left: int) -> SlotState:
    if left == 0:
        return "full"
    return "few" if left <= FEW else "free"


def _of(days: Iterable[DayPlan]) -> Iterator[Stretch]:
    for day in days:
        yield from day.stretches
