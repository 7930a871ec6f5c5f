"""Hesitant pages with the two guards of selling taken out: they must oversell.

Served in place of `quickcart.wsgi` by the negative controls alone: a race that does
not show here would prove nothing where the guards are in.
"""

from typing import Any

# Django is set up by it, and must be for all that follows.
from chaos.hesitant import application, hesitating
from django.db import connection  # isort: split

from pickup import seats, selectors
from pickup.models import Booking, Slot
from storefront.commerce import stock

__all__ = ["application"]


def _allocate(wanted: dict[int, int], **_more: Any) -> set[int]:
    """Take what was seen to be there, as Oscar does."""
    with connection.cursor() as cursor:
        for record_id, quantity in sorted(wanted.items()):
            cursor.execute(
                "UPDATE partner_stockrecord"
                " SET num_allocated = coalesce(num_allocated, 0) + %s WHERE id = %s",
                [quantity, record_id],
            )
    return set(wanted)


def _reserve(value: str, *, order: Any, basket: Any, now: Any) -> None:
    """Count first, then take a seat."""
    rules = selectors.rules(now=now)
    stretch = seats.find(value, rules=rules)
    slot, _is_new = Slot.objects.get_or_create(
        starts_at=stretch.starts_at,
        defaults={"ends_at": stretch.ends_at, "capacity": rules.settings.capacity},
    )
    if slot.booked >= slot.capacity:
        raise seats.full(stretch, rules=rules, basket_id=basket.pk, now=now)
    _take_a_seat(slot, order=order, now=now)


@hesitating
def _take_a_seat(slot: Slot, *, order: Any, now: Any) -> None:
    Slot.objects.filter(pk=slot.pk).update(booked=slot.booked + 1)
    Booking.objects.create(slot=slot, order=order, created_at=now)


stock._allocate = hesitating(_allocate)
seats.reserve = _reserve
