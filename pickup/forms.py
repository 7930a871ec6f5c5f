"""The forms of the pickup screens: a week as a plain grid, rules, closed days."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from kernel import hours
from pickup.models import PickupSettings
from pickup.opening import span_text

#: Ranges of a day the grid always offers, and the most it reads.
RANGES, MOST_RANGES = 2, 9
WEEKS = 53
#: Up to this hour an end before the beginning means the next morning.
EARLY = time(6)
#: The slot picker shows no more days than these.
MOST_DAYS = 13
FURTHEST_CLOSURE = timedelta(days=800)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h ]?([0-5]\d))?", re.ASCII)
_MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001 - only its name is shown


@dataclass(frozen=True, slots=True)
class Row:
    """A day of the grid, with its pairs of bound fields."""

    number: int
    name: str
    pairs: Sequence[tuple[forms.BoundField, forms.BoundField]]
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is saved where a form has something else; `place` is the field's id."""

    place: str
    label: str
    saved: str


class ClockField(forms.TimeField):
    """A time as people type it: "9", "930", "9.30", "09:30", "24:00".

    Browsers' own time inputs follow the browser's language, not the shop's, and
    have no word for midnight at the end of a day.
    """

    widget = forms.TextInput(
        attrs={
            "inputmode": "numeric",
            "placeholder": "–:–",
            "maxlength": 5,
            "autocomplete": "off",
        }
    )
    default_error_messages = {"invalid": _("Write times like 9:30 or 18.")}

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values:
            return None
        found = _CLOCK.fullmatch(str(value).strip())
        hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
        if (hour, minute) == (24, 0):
            hour = 0
        try:
            return time(hour, minute)
        except ValueError:
            message = self.error_messages["invalid"]
            raise forms.ValidationError(message, code="invalid") from None


class WeekForm(forms.Form):
    """Seven days of opening and closing times, as opening_hours text in and out."""

    def __init__(self, *args: Any, text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text
        self.problems: dict[int, list[str]] = {}
        week = hours.week(text)
        # Somebody else may have saved fewer since the form was opened.
        sent = [
            place + 1
            for place in range(MOST_RANGES)
            if self.add_prefix(f"opens_0_{place}") in self.data
        ]
        self.ranges = max(RANGES, *sent, *(len(spans) for spans in week))
        for day, spans in enumerate(week):
            for place in range(self.ranges):
                span = spans[place] if place < len(spans) else None
                self._add_pair(day, place, span)

    def _add_pair(self, day: int, place: int, span: hours.Span | None) -> None:
        words = {"day": day_name(day), "number": place + 1}
        for edge, label in (
            ("opens", _("%(day)s, opens (%(number)s)")),
            ("closes", _("%(day)s, closes (%(number)s)")),
        ):
            self.fields[f"{edge}_{day}_{place}"] = ClockField(
                label=label % words,
                required=False,
                initial=_shown(getattr(span, edge), edge) if span else None,
            )

    def is_plain(self, *, today: date) -> bool:
        """Say whether the weeks of a year from now are all as the grid shows them."""
        monday = today - timedelta(days=today.weekday())
        plain = hours.week(self.text)
        return all(
            hours.week(self.text, monday=monday + timedelta(weeks=number)) == plain
            for number in range(WEEKS)
        )

    def rows(self) -> Iterator[Row]:
        """Return the days as the template shows them."""
        for day in range(7):
            pairs = [
                (self[f"opens_{day}_{place}"], self[f"closes_{day}_{place}"])
                for place in range(self.ranges)
            ]
            unread = {
                error
                for pair in pairs
                for field in pair
                for error in map(str, field.errors)
            }
            yield Row(day, day_name(day), pairs, [*unread, *self.problems.get(day, [])])

    def unlike(self, saved: str, *, title: str) -> Iterator[Difference]:
        """Return the days on which saved hours are not those of the valid form."""
        mine, theirs = hours.week(self.cleaned_data["text"]), hours.week(saved)
        for row, typed, kept in zip(self.rows(), mine, theirs, strict=True):
            if typed != kept:
                yield Difference(
                    place=row.pairs[0][0].id_for_label,
                    label=f"{title}, {row.name}",
                    saved=", ".join(map(span_text, kept)) or str(_("closed")),
                )

    def clean(self) -> dict[str, Any]:
        """Put the ranges of each day in order and find what cannot be."""
        data = super().clean() or {}
        week = [self._clean_day(day, data) for day in range(7)]
        if self.problems:
            raise forms.ValidationError(_("Some times do not fit together."))
        data["text"] = hours.write(week)
        return data

    def _clean_day(self, day: int, data: dict[str, Any]) -> list[hours.Span]:
        spans = []
        for place in range(self.ranges):
            opens = data.get(f"opens_{day}_{place}")
            closes = data.get(f"closes_{day}_{place}")
            if opens is None and closes is None:
                continue
            if opens is None or closes is None:
                self._say(day, _("Give both a beginning and an end."))
            elif opens >= closes > EARLY:
                words = {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
                self._say(day, _("%(opens)s–%(closes)s ends before it begins.") % words)
            else:
                spans.append(hours.Span(opens, closes))
        spans.sort()
        for earlier, later in itertools.pairwise(spans):
            if earlier.closes <= earlier.opens or later.opens < earlier.closes:
                self._say(day, _("Its two ranges overlap."))
        return spans

    def _say(self, day: int, problem: Any) -> None:
        # A field that could not be read has said so itself.
        if not any(name.split("_")[1] == str(day) for name in self.errors):
            self.problems.setdefault(day, []).append(str(problem))


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # not so at run time
    """How long, how many, how early; where to come and what to bring."""

    class Meta:
        model = PickupSettings
        fields = [
            "slot_minutes",
            "capacity",
            "lead_minutes",
            "cutoff_minutes",
            "horizon_days",
            "hold_minutes",
            "place",
            "what_to_bring",
            "hours_note",
        ]
        help_texts = {
            "slot_minutes": _("From 5 to 480. A day is cut into slots of this length."),
            "capacity": _("How many orders you can hand over in one slot."),
            "lead_minutes": _("Nobody can choose a slot sooner than this."),
            "cutoff_minutes": _("Until then customers may also cancel by themselves."),
            "horizon_days": _("Today is always offered; up to 13 days after it."),
            "hold_minutes": _("While the customer fills in the order."),
            "place": _("For example: the side door in Mill Lane."),
            "what_to_bring": _("For example: your order number and a bag."),
            "hours_note": _("One sentence beside your hours, if you like."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, least, most in (
            ("capacity", 1, 1000),
            ("horizon_days", 1, MOST_DAYS),
        ):
            field = self.fields[name]
            self.fields[name] = forms.IntegerField(
                label=field.label,
                help_text=field.help_text,
                min_value=least,
                max_value=most,
            )

    def unlike(self, saved: PickupSettings) -> Iterator[Difference]:
        """Return the saved rules that are not those of the valid form."""
        for field in self:
            kept = getattr(saved, field.name)
            if self.cleaned_data[field.name] != kept:
                words = str(kept) or str(_("nothing"))
                yield Difference(field.id_for_label, str(field.label), words)


class DateInput(forms.DateInput):
    input_type = "date"


class ClosureForm(forms.Form):
    """Some days on which the shop is closed."""

    starts_on = forms.DateField(
        label=_("First day"), widget=DateInput(format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DateInput(format="%Y-%m-%d"),
        help_text=_("Leave empty for one day."),
    )
    reason = forms.CharField(
        label=_("Why (customers see it)"), max_length=120, required=False
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_starts_on(self) -> date:
        starts_on: date = self.cleaned_data["starts_on"]
        if starts_on < self.today:
            raise forms.ValidationError(_("That day is over."))
        return starts_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts_on = data.get("starts_on")
        ends_on = data["ends_on"] = data.get("ends_on") or starts_on
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day comes before the first."))
        if ends_on and ends_on - self.today > FURTHEST_CLOSURE:
            self.add_error("ends_on", _("That is more than two years from now."))
        return data


def _shown(moment: time, edge: str) -> str:
    is_midnight = edge == "closes" and moment == time()
    return "24:00" if is_midnight else f"{moment:%H:%M}"


def day_name(number: int) -> str:
    """Return a day's name in the reader's language, 0 for Monday."""
    return date_format(_MONDAY + timedelta(days=number), "l")
