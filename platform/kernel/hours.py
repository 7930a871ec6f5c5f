"""Opening hours: read, asked and written in one place.

Hours are text in OpenStreetMap's opening_hours syntax and mean the wall clock of
a place. Answers are moments in UTC: two aware datetimes of one zone are compared
and subtracted by their wall clocks, which is wrong in the hour that comes twice.

On the days the clock is changed a wall time means this: one that comes twice is
its first coming, one that is left out is the moment of the jump. So time always
runs forward, and nothing is open for a stretch that does not exist.
https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
"""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

# The package's stubs lack ParserError.
from opening_hours import (  # type: ignore[attr-defined]
    OpeningHours,
    ParserError,
    State,
)

from kernel import refusal

LONGEST_TEXT = 1000
#: Past this no change is looked for: open or closed "for good".
HORIZON = timedelta(days=366)
#: A Monday; its week meets no fixed holiday and no year of anybody's exceptions.
PLAIN_MONDAY = date(2001, 3, 5)
DAY = timedelta(days=1)
DAY_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class HoursInvalid(refusal.Refusal):
    code = "hours_invalid"
    sentence = _("“%(hours)s” cannot be read as opening hours.")
    status = 422


class Stretch(NamedTuple):
    """A stretch of real time, both ends in UTC."""

    starts_at: datetime
    ends_at: datetime


class Span(NamedTuple):
    """A line of a week: where `closes` is not after `opens`, it is the next day's."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Status:
    """Open or closed, and until when; None: no change within a year."""

    is_open: bool
    until: datetime | None


def parse(text: str) -> str:
    """Check hours and return them in their usual spelling.

    Raises:
        HoursInvalid: they cannot be read.
    """
    return str(_read(text))


def with_closures(text: str, closures: Iterable[tuple[date, date]]) -> str:
    """Return hours that are also closed on whole days, first and last included."""
    rules = [text.strip()]
    for first, last in closures:
        days = _day_text(first)
        if last != first:
            days += f"-{_day_text(last)}"
        rules.append(f"{days} off")
    return "; ".join(rules)


def status(
    text: str,
    *,
    zone: ZoneInfo,
    now: datetime,
    closures: Iterable[tuple[date, date]] = (),
) -> Status:
    """Say whether a place is open now and when that changes.

    Raises:
        HoursInvalid: the hours cannot be read.
    """
    horizon = now + HORIZON
    text = with_closures(text, closures)
    for stretch in _stretches(text, zone=zone, start=now, end=horizon):
        if stretch.starts_at > now:
            return Status(is_open=False, until=stretch.starts_at)
        until = stretch.ends_at if stretch.ends_at < horizon else None
        return Status(is_open=True, until=until)
    return Status(is_open=False, until=None)


def intervals(
    text: str,
    *,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    closures: Iterable[tuple[date, date]] = (),
) -> list[Stretch]:
    """Return when a place is open between two moments, cut to them, in order.

    Raises:
        HoursInvalid: the hours cannot be read.
    """
    text = with_closures(text, closures)
    return [
        Stretch(max(stretch.starts_at, start), min(stretch.ends_at, end))
        for stretch in _stretches(text, zone=zone, start=start, end=end)
    ]


def week(text: str, *, monday: date = PLAIN_MONDAY) -> list[list[Span]]:
    """Return the seven days of a week, Monday first, each with its open spans.

    A span past midnight stands with the day it starts on; one of a day or longer
    is cut at midnights. The default week shows the plain rules; the week of a
    given Monday shows its exceptions as well.

    Raises:
        HoursInvalid: the hours cannot be read.
    """
    first = datetime.combine(monday, time())
    last = first + 7 * DAY
    days: list[list[Span]] = [[] for _day in range(7)]
    for opens, closes in _open_by_the_clock(_read(text), first - DAY, last + DAY):
        for piece_opens, piece_closes in _cut(opens, closes):
            if first <= piece_opens < last:
                day = days[(piece_opens - first).days]
                day.append(Span(piece_opens.time(), piece_closes.time()))
    return days


def write(days: Sequence[Sequence[Span]]) -> str:
    """Return the text of a week, Monday first: what `week` reads back the same."""
    rules: list[tuple[int, int, str]] = []  # first day, last day, times
    for number, spans in enumerate(days):
        times = ",".join(_span_text(span) for span in spans)
        if rules and rules[-1][2] == times:
            rules[-1] = (rules[-1][0], number, times)
        else:
            rules.append((number, number, times))
    # After ";" a day's rule replaces what the night before left over in it.
    passes_midnight = any(
        time() < span.closes <= span.opens for day in days for span in day
    )
    text = (", " if passes_midnight else "; ").join(
        DAY_CODES[first] + (f"-{DAY_CODES[last]} " if last > first else " ") + times
        for first, last, times in rules
        if times
    )
    return text or "off"


@lru_cache(maxsize=512)
def _read(text: str) -> OpeningHours:
    if len(text) > LONGEST_TEXT:
        raise HoursInvalid(hours=f"{text[:60]}…")
    try:
        return OpeningHours(text, max_interval_days=HORIZON.days)
    except ParserError:
        raise HoursInvalid(hours=text[:60]) from None


def _stretches(
    text: str, *, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[Stretch]:
    """Give the open stretches that meet [start, end), joined where they touch."""
    # A day on either side, so that no clock change can hide a boundary.
    by_the_clock = _open_by_the_clock(
        _read(text), _wall(start, zone) - DAY, _wall(end, zone) + DAY
    )
    open_now: Stretch | None = None
    for opens, closes in by_the_clock:
        starts_at, ends_at = _moment(opens, zone), _moment(closes, zone)
        if open_now is not None and starts_at <= open_now.ends_at:
            open_now = Stretch(open_now.starts_at, ends_at)
            continue
        if open_now is not None and _meets(open_now, start, end):
            yield open_now
        open_now = Stretch(starts_at, ends_at)
    if open_now is not None and _meets(open_now, start, end):
        yield open_now


def _meets(stretch: Stretch, start: datetime, end: datetime) -> bool:
    lasts = stretch.starts_at < stretch.ends_at
    return lasts and stretch.ends_at > start and stretch.starts_at < end


def _open_by_the_clock(
    hours: OpeningHours, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Give open spans by the wall clock, without zone, joined where they touch."""
    opens: datetime | None = None
    closes = start
    for begins, ends, state, _comment in hours.intervals(start, end):
        if state != State.OPEN:
            continue
        if opens is not None and begins > closes:
            yield opens, closes
            opens = None
        opens = begins if opens is None else opens
        closes = min(ends or end, end)
    if opens is not None:
        yield opens, closes


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    # The reader counts in whole minutes.
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when a wall time comes first; if it is left out, the jump over it."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return found
    # By the offset after the jump it would be earlier: the jump lies between.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def _cut(opens: datetime, closes: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut a span of a day or longer at midnights; leave a shorter one whole."""
    if closes - opens < DAY:
        yield opens, closes
        return
    while opens < closes:
        midnight = datetime.combine(opens.date(), time()) + DAY
        yield opens, min(midnight, closes)
        opens = midnight


def _span_text(span: Span) -> str:
    closes = "24:00" if span.closes == time() else f"{span.closes:%H:%M}"
    return f"{span.opens:%H:%M}-{closes}"


def _day_text(day: date) -> str:
    return f"{day.year:04} {calendar.month_abbr[day.month]} {day.day:02}"
