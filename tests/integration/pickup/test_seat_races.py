"""Customers at the same moment, on real connections that really commit."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, models, transaction

from pickup import seats
from pickup.models import PickupSettings, Slot, SlotHold
from pickup.services import Pickup
from tenants import context
from tenants.models import Shop

from .conftest import HALF_PAST_TEN, NOW, TEN, make_basket, make_order

pytestmark = pytest.mark.slow

CUSTOMERS = 24
SEATS = 5


@pytest.fixture
def shop(live_database):
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        PickupSettings.objects.update(capacity=SEATS)
        yield shop


def at_once(shop, work, arguments):
    """Run `work` for each argument in threads that start together."""
    ready = threading.Barrier(len(arguments))

    def run(argument):
        try:
            with context.inside(shop):
                connection.ensure_connection()
                ready.wait(timeout=30)
                return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))


def buy(order, *, basket=None, reserve=None):
    with transaction.atomic(durable=True):
        try:
            (reserve or Pickup().reserve)(TEN, order=order, basket=basket, now=NOW)
        except seats.SlotFull:
            transaction.set_rollback(True)
            return False
    return True


def test_as_many_orders_as_seats(shop):
    orders = [make_order() for _customer in range(CUSTOMERS)]

    answers = at_once(shop, buy, orders)

    assert sum(answers) == SEATS
    slot = Slot.objects.get()
    assert slot.booked == slot.bookings.count() == SEATS


def test_without_the_guard_the_slot_is_oversold(shop, monkeypatch):
    """The negative control: what the test above sees when nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE pickup_slot DROP CONSTRAINT slot_booked_within_room"
        )
    Pickup().hold(TEN, basket=make_basket(), now=NOW)
    SlotHold.objects.all().delete()
    everybody_has_looked = threading.Barrier(CUSTOMERS)

    def count_then_write(value, *, order, basket, now):
        slot = Slot.objects.get()
        everybody_has_looked.wait(timeout=30)
        if slot.booked >= slot.capacity:
            raise seats.SlotFull(time="", next="", next_time="")
        Slot.objects.update(booked=models.F("booked") + 1)

    orders = [make_order() for _customer in range(CUSTOMERS)]
    answers = at_once(shop, lambda order: buy(order, reserve=count_then_write), orders)

    assert sum(answers) == Slot.objects.get().booked == CUSTOMERS


def test_as_many_holds_as_seats_and_each_gets_its_seat(shop):
    baskets = [make_basket() for _customer in range(CUSTOMERS)]

    def hold(basket):
        try:
            Pickup().hold(TEN, basket=basket, now=NOW)
        except seats.SlotFull:
            return False
        return True

    answers = at_once(shop, hold, baskets)
    held = [basket for basket, is_held in zip(baskets, answers, strict=True) if is_held]
    orders = [make_order() for _basket in held]
    pairs = list(zip(orders, held, strict=True))

    assert len(held) == SlotHold.objects.count() == SEATS
    assert all(at_once(shop, lambda pair: buy(pair[0], basket=pair[1]), pairs))
    assert Slot.objects.get().booked == SEATS


def test_holds_and_orders_at_once_never_share_a_seat(shop):
    baskets = [make_basket() for _customer in range(CUSTOMERS)]
    orders = [make_order() for _customer in range(CUSTOMERS)]

    def act(number):
        try:
            if number % 2:
                return buy(orders[number])
            Pickup().hold(TEN, basket=baskets[number], now=NOW)
        except seats.SlotFull:
            return False
        return True

    answers = at_once(shop, act, list(range(CUSTOMERS)))

    slot = Slot.objects.get()
    assert sum(answers) == slot.booked + SlotHold.objects.count() == SEATS


def test_one_basket_held_and_ordered_at_once_does_not_deadlock(shop):
    """Both take the basket before the slot, as placing an order does."""
    from storefront.oscar_apps.basket.models import Basket

    baskets = [make_basket() for _pair in range(8)]
    orders = [make_order() for _pair in range(8)]
    PickupSettings.objects.update(capacity=100)

    def act(number):
        basket = baskets[number // 2]
        if number % 2:
            for value in (HALF_PAST_TEN, TEN):
                Pickup().hold(value, basket=basket, now=NOW)
            return True
        with transaction.atomic(durable=True):
            Basket.objects.select_for_update().get(pk=basket.pk)
            Pickup().reserve(TEN, order=orders[number // 2], basket=basket, now=NOW)
        return True

    assert all(at_once(shop, act, list(range(16))))
    assert Slot.objects.get(starts_at=NOW.replace(hour=10)).booked == 8


def test_an_order_cancelled_many_times_at_once_gives_one_seat_back(shop):
    orders = [make_order(), make_order()]
    assert all(buy(order) for order in orders)

    answers = at_once(
        shop, lambda order: Pickup().release(order=order, now=NOW), [orders[0]] * 12
    )

    assert sum(answers) == 1
    assert Slot.objects.get().booked == 1
