"""Changing the shop's hours, rules and closed days.

Each change is told to the hub in its own transaction. What customers have
booked stays booked: a change decides about new orders only.

Locks are taken in one order: the profile, the rules, then slots by their keys. Orders
lock slots and never the profile; those that make a slot lock the rules before it. So
an order is placed before a change, which sees it, or by the changed rules.
"""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from pickup.models import Closure, PickupSettings, Slot
from pickup.windows import ONE_DAY, midnight
from storefront.profile import services as profile
from tenants import context

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So many closed days ahead are enough for every bank holiday of two years.
MOST_CLOSURES = 24


class TooManyClosures(Refusal):
    """The list of closed days is full."""

    code = "too_many_closures"
    sentence = _("There are %(count)s closed days already. Remove one first.")


class SettingsChanged(Refusal):
    """Somebody else saved since the form was opened."""

    code = "settings_changed"
    sentence = _(
        "Somebody else saved this page while you were at it. Nothing of yours is saved "
        "yet, and nothing is lost."
    )


def version_of(settings: PickupSettings) -> str:
    """Return what is another one for other hours and rules."""
    fields = PickupSettings._meta.concrete_fields
    values = [str(field.value_from_object(settings)) for field in fields]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def save_settings(
    *, settings: PickupSettings, now: datetime, seen: str | None = None
) -> int:
    """Save hours and rules; slots to come follow them.

    Args:
        seen: the version the form was opened on; without one whatever is there is
            written over.

    Returns:
        How many slots keep more seats than the rules say, because they are taken.

    Raises:
        SettingsChanged: it is another version by now, and not just what is wanted.
    """
    with profile.publishing(now=now):
        found = version_of(_lock())
        if seen is not None and found not in {seen, version_of(settings)}:
            raise SettingsChanged
        settings.save()
        return _fit_slots(settings, now=now)


def close_days(
    *, starts_on: date, ends_on: date, reason: str, now: datetime
) -> Closure:
    """Close the shop on some days, for new orders at once.

    Raises:
        TooManyClosures: the list is full.
    """
    with profile.publishing(now=now):
        _lock()
        count = Closure.objects.filter(ends_on__gte=now.date()).count()
        if count >= MOST_CLOSURES:
            raise TooManyClosures(count=count)
        closure = Closure.objects.create(
            starts_on=starts_on, ends_on=ends_on, reason=reason
        )
        _lock_slots(starts_on, ends_on)
    return closure


def reopen_days(*, closure_id: int, now: datetime) -> None:
    """Take a closure back; nothing happens if somebody did already."""
    with profile.publishing(now=now):
        Closure.objects.filter(pk=closure_id).delete()


def _lock() -> PickupSettings:
    """Return the rules, which nobody else changes or makes slots by until the end."""
    return PickupSettings.objects.select_for_update(no_key=True).get()


def _lock_slots(first: date, last: date) -> None:
    """Wait for the orders of some days that are being placed; have others wait."""
    zone = context.current_shop().zone
    ahead = Slot.objects.filter(
        starts_at__gte=midnight(first, zone),
        starts_at__lt=midnight(last + ONE_DAY, zone),
    )
    list(ahead.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _fit_slots(settings: PickupSettings, *, now: datetime) -> int:
    """Give slots to come the new length and room, never less than is taken."""
    taken = _lock_taken(now=now)
    empty = [pk for pk, count in taken.items() if not count]
    Slot.objects.filter(pk__in=empty).update(
        ends_at=F("starts_at") + timedelta(minutes=settings.slot_minutes)
    )
    for count in sorted(set(taken.values())):
        same = [pk for pk, number in taken.items() if number == count]
        Slot.objects.filter(pk__in=same).update(
            capacity=Greatest(Value(settings.capacity), Value(count))
        )
    return sum(count > settings.capacity for count in taken.values())


def _lock_taken(*, now: datetime) -> "Mapping[int, int]":
    """Lock the slots to come; return how many seats of each are booked or held."""
    ahead = Slot.objects.filter(starts_at__gt=now)
    keys = list(
        ahead.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    )
    held = Count("holds", filter=Q(holds__expires_at__gt=now))
    rows = Slot.objects.filter(pk__in=keys).annotate(held=held)
    return {
        pk: booked + kept
        for pk, booked, kept in rows.values_list("pk", "booked", "held")
    }
