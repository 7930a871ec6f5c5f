"""Rules that change while customers choose, on connections that really commit.

Each case has one of the two still open while the other goes as far as it can.
"""

import functools
from datetime import date

import pytest
from django.db import transaction
from factories import crowds

from pickup import rules, seats
from pickup.models import Booking, Closure, PickupSettings, Slot
from pickup.services import Pickup
from tenants import context
from tenants.models import Shop

from .conftest import HALF_PAST_TEN, NOW, TEN, make_basket, make_order

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
PATIENCE = 30


@pytest.fixture
def shop(live_database):
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        PickupSettings.objects.update(capacity=6)
        yield shop


def change(**values):
    settings = PickupSettings.objects.get()
    for name, value in values.items():
        setattr(settings, name, value)
    return rules.save_settings(settings=settings, now=NOW)


def close_today():
    return rules.close_days(starts_on=TODAY, ends_on=TODAY, reason="", now=NOW)


@transaction.atomic(durable=True)
def buy(order, *, slot=TEN):
    Pickup().reserve(slot, order=order, basket=None, now=NOW)


def test_a_slot_made_while_its_room_is_lessened_has_the_new_room(shop):
    basket = make_basket()

    with transaction.atomic():
        change(capacity=2)
        holding = crowds.beside(
            shop, lambda: Pickup().hold(TEN, basket=basket, now=NOW)
        )

    holding.result(PATIENCE)
    assert Slot.objects.get().capacity == 2


def test_a_slot_made_just_before_is_lessened_as_well(shop):
    basket = make_basket()

    with transaction.atomic():
        Pickup().hold(TEN, basket=basket, now=NOW)
        changing = crowds.beside(shop, lambda: change(capacity=2))

    changing.result(PATIENCE)
    assert Slot.objects.get().capacity == 2


def test_no_slot_is_made_that_the_new_week_does_not_have(shop):
    basket = make_basket()

    with transaction.atomic():
        change(pickup_windows="off")
        holding = crowds.beside(
            shop, lambda: Pickup().hold(TEN, basket=basket, now=NOW)
        )

    with pytest.raises(seats.SlotUnknown):
        holding.result(PATIENCE)
    assert not Slot.objects.exists()


def test_nothing_is_ordered_for_a_day_that_is_just_being_closed(shop):
    """Neither where somebody has asked for the slot before nor where nobody has."""
    orders = {TEN: make_order(), HALF_PAST_TEN: make_order()}
    Pickup().hold(TEN, basket=make_basket(), now=NOW)

    with transaction.atomic():
        close_today()
        buying = [
            crowds.beside(shop, functools.partial(buy, order, slot=slot))
            for slot, order in orders.items()
        ]

    for each in buying:
        with pytest.raises(seats.SlotUnknown):
            each.result(PATIENCE)
    assert not Booking.objects.exists()


@pytest.mark.parametrize("is_asked_for", [True, False], ids=["row", "no row"])
def test_who_closes_a_day_finds_the_orders_that_were_just_being_placed(
    shop, is_asked_for
):
    order = make_order()
    if is_asked_for:
        Pickup().hold(TEN, basket=make_basket(), now=NOW)

    def close_and_count():
        close_today()
        return Booking.objects.count()

    with transaction.atomic():
        Pickup().reserve(TEN, order=order, basket=None, now=NOW)
        closing = crowds.beside(shop, close_and_count)

    assert closing.result(PATIENCE) == Closure.objects.count() == 1


def test_an_order_for_another_day_does_not_wait(shop):
    order = make_order()
    Pickup().hold(TEN, basket=make_basket(), now=NOW)

    with transaction.atomic():
        rules.close_days(
            starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 25), reason="", now=NOW
        )
        buying = crowds.beside(shop, lambda: buy(order))
        assert buying.done()

    assert Booking.objects.get().order_id == order.pk
