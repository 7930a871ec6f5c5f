"""From the shop's week to its slots; pure, and right across clock changes.

Windows are cut day by day, from midnight to midnight of the shop's zone, in
absolute time: a slot is `length` long by the sun, whatever the clock on the wall
does meanwhile, so the hour that does not exist has no slot and the hour that
comes twice has twice as many.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kernel import hours

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A slot as the week means it, in UTC; nothing is known of its seats."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day of the shop's zone; `reason` is that of its closure, None if open."""

    date: date
    stretches: tuple[Stretch, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """A stretch of days against the week, with the words customers see."""

    starts_on: date
    ends_on: date
    reason: str = ""


def plan(
    text: str,
    *,
    zone: ZoneInfo,
    first: date,
    days: int,
    length: timedelta,
    closures: Iterable[ClosedDays] = (),
) -> list[DayPlan]:
    """Return each day's slots from `first` on; days without any are in the list.

    Args:
        text: pickup windows in opening_hours syntax.
        length: of a slot; what is left of a window and is shorter is not offered.
    """
    dates = [first + timedelta(days=offset) for offset in range(days)]
    windows = hours.intervals(
        text,
        zone=zone,
        start=midnight(first, zone),
        end=midnight(first + timedelta(days=days), zone),
    )
    closed = list(closures)
    return [_plan_day(day, windows, zone, length, closed) for day in dates]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _plan_day(
    day: date,
    windows: Iterable[tuple[datetime, datetime]],
    zone: ZoneInfo,
    length: timedelta,
    closures: list[ClosedDays],
) -> DayPlan:
    for closure in closures:
        if closure.starts_on <= day <= closure.ends_on:
            return DayPlan(day, (), reason=closure.reason)
    begins, ends = midnight(day, zone), midnight(day + ONE_DAY, zone)
    return DayPlan(
        day,
        tuple(
            stretch
            for opens, closes in windows
            for stretch in _cut(
                max(opens.astimezone(UTC), begins),
                min(closes.astimezone(UTC), ends),
                length,
            )
        ),
    )


def _cut(opens: datetime, closes: datetime, length: timedelta) -> Iterator[Stretch]:
    while opens + length <= closes:
        yield Stretch(opens, opens + length)
        opens += length
