"""The days and slots as the slot picker shows them.

Drawing a week's slots would take a third of the page's time. What a day's panel shows
depends on nothing but the values on it, so the drawing is kept under exactly those
values: customers of a shop share it, and it can never be stale.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from storefront.fulfilment import DayOffer
from tenants import context

Context = dict[str, Any]
#: A slot's value, its start and end in the shop's zone, its state; how many are left
#: where that is said.
Slot = tuple[str, datetime, datetime, str, int]

#: The slot picker has tabs for so many days.
DAYS = 14
#: A slot's states as the slot picker names them.
STATES = {"free": "free", "few": "low", "full": "full", "held": "held"}
#: Panels of some 5 KB each.
PANELS = 1024


def days(offered: Sequence[DayOffer], *, chosen: str, now: datetime) -> list[Context]:
    """Return the slot picker's days; the first with room is open, if none is chosen."""
    today = now.astimezone(context.current_shop().zone).date()
    shown = [_day(day, chosen=chosen, today=today) for day in offered[:DAYS]]
    if not any(day["selected"] for day in shown):
        for day in shown:
            if any(slot.state != "full" for slot in day["slots"]):
                day["selected"] = True
                break
    return shown


def _day(day: DayOffer, *, chosen: str, today: date) -> Context:
    shop, language = context.current_shop(), translation.get_language()
    label, date_label = _names(day.date, (day.date - today).days, language)
    slots = tuple(
        [
            (
                slot.value,
                slot.starts_at,
                slot.ends_at,
                slot.state,
                slot.left if slot.state == "few" else 0,
            )
            for slot in day.slots
        ]
    )
    is_here = any(slot.value == chosen and slot.state != "full" for slot in day.slots)
    return {
        "date": day.date.isoformat(),
        "label": label,
        "date_label": date_label,
        "slots": day.slots,
        "selected": is_here,
        "panel": _panel(
            # Moments are equal in every zone, and look different in each.
            (shop.schema_name, shop.time_zone, language),
            (day.date.isoformat(), label, date_label, day.note),
            slots,
            chosen if is_here else "",
        ),
    }


@lru_cache(maxsize=256)
def _names(day: date, days_ahead: int, _language: str | None) -> tuple[str, str]:
    names = {0: _("Today"), 1: _("Tomorrow")}
    return names.get(days_ahead) or date_format(day, "D"), date_format(day, "j M")


@lru_cache(maxsize=PANELS)
def _panel(
    _where: tuple[str, ...],
    words: tuple[str, str, str, str],
    slots: tuple[Slot, ...],
    chosen: str,
) -> SafeString:
    iso, label, date_label, note = words
    day = {
        "date": iso,
        "label": label,
        "date_label": date_label,
        "note": note,
        "slots": [_slot(slot, chosen=chosen) for slot in slots],
    }
    return render_to_string(
        "ui/components/slot_panel.html", {"day": day, "name": "slot"}
    )


def _slot(slot: Slot, *, chosen: str) -> Context:
    value, starts_at, ends_at, state, left = slot
    return {
        "value": value,
        "label": f"{starts_at:%H:%M}–{ends_at:%H:%M}",
        "state": STATES[state],
        "note": _note(state, left=left),
        "is_off": state == "full",
        "selected": value == chosen,
    }


def _note(state: str, *, left: int) -> str:
    if state == "few":
        words = ngettext("%(left)d place left", "%(left)d places left", left)
        return words % {"left": left}
    return {"free": _("Free"), "full": _("Full"), "held": _("Held for you")}[state]
