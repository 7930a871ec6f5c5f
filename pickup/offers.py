"""The days and slots a basket may choose from.

A week of slots, each in words and in the shop's zone, takes longer to make than all
else of the checkout. What of it follows from the rules alone is made once: a *sheet*,
kept under exactly what it is made of, so that it cannot be old. What others have
taken, and what the clock has closed, is asked each time and laid over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from pickup import selectors
from pickup.selectors import Rules, Seats
from pickup.windows import ClosedDays, DayPlan, plan
from storefront.fulfilment import DayOffer, SlotOffer
from tenants import context

#: Sheets of so many shops, some 30 KB each, are kept in a process.
SHEETS = 256


@dataclass(frozen=True, slots=True)
class Sheet:
    """Days to come as if nobody had asked for a seat yet.

    `places` says of each slot's start on which day, and as which of it, it stands.
    """

    days: tuple[DayPlan, ...]
    slots: tuple[tuple[SlotOffer, ...], ...]
    places: Mapping[datetime, tuple[int, int]]

    @property
    def ends(self) -> tuple[datetime, datetime] | None:
        """Return the starts of the first and the last slot, if there are any."""
        starts = list(self.places)
        return (starts[0], starts[-1]) if starts else None


def days(*, rules: Rules, basket_id: int | None, now: datetime) -> list[DayOffer]:
    """Return the days and slots a basket may choose from, full ones included."""
    shop = context.current_shop()
    sheet = _sheet(
        shop.schema_name,
        zone=shop.zone,
        first=now.astimezone(shop.zone).date(),
        count=rules.settings.horizon_days + 1,
        windows=rules.settings.pickup_windows,
        minutes=rules.settings.slot_minutes,
        capacity=rules.settings.capacity,
        closures=rules.closures,
    )
    known: Mapping[datetime, Seats] = {}
    if sheet.ends:
        first, last = sheet.ends
        known = selectors.seats(first=first, last=last, basket_id=basket_id, now=now)
    seen = _seen(sheet, known)
    closes = now + rules.notice
    return [
        _offered(day, slots, closes=closes)
        for day, slots in zip(sheet.days, seen, strict=True)
    ]


@lru_cache(maxsize=SHEETS)
def _sheet(
    _schema_name: str,
    *,
    zone: ZoneInfo,
    first: date,
    count: int,
    windows: str,
    minutes: int,
    capacity: int,
    closures: tuple[ClosedDays, ...],
) -> Sheet:
    length = timedelta(minutes=minutes)
    planned = plan(
        windows, zone=zone, first=first, days=count, length=length, closures=closures
    )
    return Sheet(
        days=tuple(planned),
        slots=tuple(
            tuple(
                selectors.offer(stretch, None, capacity=capacity)
                for stretch in day.stretches
            )
            for day in planned
        ),
        places={
            stretch.starts_at: (number, place)
            for number, day in enumerate(planned)
            for place, stretch in enumerate(day.stretches)
        },
    )


def _seen(
    sheet: Sheet, known: Mapping[datetime, Seats]
) -> Sequence[Sequence[SlotOffer]]:
    """Return each day's slots with what is known of their seats."""
    seen: list[Sequence[SlotOffer]] = list(sheet.slots)
    for starts_at, seats in known.items():
        if starts_at not in sheet.places:
            continue  # the week was another one when somebody asked for it
        number, place = sheet.places[starts_at]
        day = seen[number]
        if not isinstance(day, list):
            day = seen[number] = list(day)
        day[place] = selectors.with_seats(day[place], seats)
    return seen


def _offered(day: DayPlan, slots: Sequence[SlotOffer], *, closes: datetime) -> DayOffer:
    """Leave out what closed before its cut-off, but for the slot that is held."""
    if day.stretches and day.stretches[0].starts_at < closes:
        slots = [
            slot
            for slot, stretch in zip(slots, day.stretches, strict=True)
            if stretch.starts_at >= closes or slot.state == "held"
        ]
    return DayOffer(date=day.date, slots=slots, note=_note(day))


def _note(day: DayPlan) -> str:
    if day.reason is not None:
        return day.reason or _("Closed on this day.")
    if not day.stretches:
        return _("No pickup on this day.")
    return _("No times left on this day.")
