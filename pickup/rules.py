"""Changing the shop's hours, rules and closed days.

Each change is told to the hub in its own transaction. What customers have
booked stays booked: a change decides about new orders only.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from pickup.models import Closure, PickupSettings, Slot
from storefront.profile import services as profile

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So many closed days ahead are enough for every bank holiday of two years.
MOST_CLOSURES = 24


class TooManyClosures(Refusal):
    """The list of closed days is full."""

    code = "too_many_closures"
    sentence = _("There are %(count)s closed days already. Remove one first.")


def save_settings(*, settings: PickupSettings, now: datetime) -> int:
    """Save hours and rules; slots to come follow them.

    Returns:
        How many slots keep more seats than the rules say, because they are taken.
    """
    with transaction.atomic():
        settings.save()
        kept = _fit_slots(settings, now=now)
        profile.publish(now=now)
    return kept


def close_days(
    *, starts_on: date, ends_on: date, reason: str, now: datetime
) -> Closure:
    """Close the shop on some days, for new orders at once.

    Raises:
        TooManyClosures: the list is full.
    """
    with transaction.atomic():
        PickupSettings.objects.select_for_update().get()  # one change at a time
        count = Closure.objects.filter(ends_on__gte=now.date()).count()
        if count >= MOST_CLOSURES:
            raise TooManyClosures(count=count)
        closure = Closure.objects.create(
            starts_on=starts_on, ends_on=ends_on, reason=reason
        )
        profile.publish(now=now)
    return closure


def reopen_days(*, closure_id: int, now: datetime) -> None:
    """Take a closure back; nothing happens if somebody did already."""
    with transaction.atomic():
        Closure.objects.filter(pk=closure_id).delete()
        profile.publish(now=now)


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
