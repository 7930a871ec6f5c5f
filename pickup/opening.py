"""The shop's hours in words, for every page that shows them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kernel import hours
from pickup.selectors import Rules
from pickup.windows import ClosedDays, midnight
from storefront.fulfilment import Opening, WeekDay

#: Closed days so near are said beside the hours.
NEAR = timedelta(days=14)
#: 1 January 2001 was a Monday: lets dates name the days in the reader's language.
_MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001 - only its name is shown
_DAY = timedelta(days=1)
_WEEK = 7
#: Open past midnight but not past this hour is still tonight to people.
_EARLY = 6


def describe(rules: Rules, *, zone: ZoneInfo, now: datetime) -> Opening:
    """Return the shop's hours as pages show them."""
    text = rules.settings.opening_hours
    closures = [(closure.starts_on, closure.ends_on) for closure in rules.closures]
    status = hours.status(text, zone=zone, now=now, closures=closures)
    here = now.astimezone(zone)
    tomorrow = midnight(here.date() + _DAY, zone)
    return Opening(
        is_open=status.is_open,
        status=_sentence(status, zone=zone, here=here),
        week=_week(text, today=here.weekday()),
        note=_note(rules, here=here),
        source=hours.with_closures(text, closures),
        stands_until=min(status.until or tomorrow, tomorrow),
    )


def _sentence(status: hours.Status, *, zone: ZoneInfo, here: datetime) -> str:
    if status.until is None:
        return _("Always open") if status.is_open else _("Closed for now")
    until = status.until.astimezone(zone)
    time = date_format(until, "H:i")
    days = (until.date() - here.date()).days
    if status.is_open:
        return _open_until(until, time=time, days=days)
    if days == 0:
        return _("Opens today at %(time)s") % {"time": time}
    if days == 1:
        return _("Opens tomorrow at %(time)s") % {"time": time}
    pattern = "l" if days < _WEEK else "l j F"
    day = date_format(until, pattern)
    return _("Opens %(day)s at %(time)s") % {"day": day, "time": time}


def _open_until(until: datetime, *, time: str, days: int) -> str:
    if time == "00:00":  # midnight is the end of the day before
        until, time, days = until - _DAY, "24:00", days - 1
    if days == 0 or (days == 1 and until.hour < _EARLY and time != "24:00"):
        return _("Open until %(time)s") % {"time": time}
    day = date_format(until, "l" if days < _WEEK else "l j F")
    return _("Open until %(day)s %(time)s") % {"day": day, "time": time}


def _week(text: str, *, today: int) -> list[WeekDay]:
    return [
        WeekDay(
            name=date_format(_MONDAY + number * _DAY, "l"),
            hours=[span_text(span) for span in spans],
            is_today=number == today,
        )
        for number, spans in enumerate(hours.week(text))
    ]


def span_text(span: hours.Span) -> str:
    """Return "09:00–18:00"; midnight at the end of a day is 24:00."""
    opens, closes = f"{span.opens:%H:%M}", f"{span.closes:%H:%M}"
    return f"{opens}–{'24:00' if closes == '00:00' else closes}"


def _note(rules: Rules, *, here: datetime) -> str:
    last = (here + NEAR).date()
    near = (closure for closure in rules.closures if closure.starts_on <= last)
    sentences = [rules.settings.hours_note, *map(closed_text, near)]
    return " ".join(sentence for sentence in sentences if sentence)


def closed_text(closure: ClosedDays) -> str:
    """Return "Closed 24 December – 26 December: Christmas."."""
    days = date_format(closure.starts_on, "j F")
    if closure.ends_on != closure.starts_on:
        days += f" – {date_format(closure.ends_on, 'j F')}"
    if closure.reason:
        words = {"days": days, "reason": closure.reason.rstrip(".")}
        return _("Closed %(days)s: %(reason)s.") % words
    return _("Closed %(days)s.") % {"days": days}
