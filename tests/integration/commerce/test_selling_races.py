"""Buyers at the same moment, on real connections that really commit.

Each race stands beside its negative control: the same race with the guard taken
away must go wrong, or the race proves nothing.
"""

import random
import re
import threading

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test import Client
from factories import crowds, selling

from kernel import clock
from pickup.models import Booking, PickupSettings, Slot
from pickup.seats import SlotFull
from pickup.services import Pickup
from storefront.commerce import attempts, invariants, life, orders, pricing, stock
from storefront.oscar_apps.basket.models import Basket, Line
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.payment.models import Transaction
from storefront.payments import ledger
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow

BUYERS = 200
UNITS = 10
ACTOR = life.Actor(user=None, name="Olive")


@pytest.fixture
def shop(live_database):
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        PickupSettings.objects.update(capacity=1000)
        yield shop


def buy(wish):
    return orders.place(**wish)


def wishes_for(product, *, buyers, **changes):
    slot = selling.free_slot()
    return [
        selling.a_wish(selling.a_basket((product, 1)), slot=slot, **changes)
        for _buyer in range(buyers)
    ]


def drop(table, constraint):
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"')


def test_as_many_orders_as_units(shop):
    apples = selling.a_product(stock=UNITS)
    wishes = wishes_for(apples, buyers=BUYERS)

    outcomes = crowds.at_once(shop, buy, wishes)

    assert len(crowds.of_kind(outcomes, Order)) == UNITS
    refusals = crowds.of_kind(outcomes, pricing.OutOfStock)
    assert len(refusals) == BUYERS - UNITS
    assert {str(no) for no in refusals} >= {
        "Not everything in your basket is still there: Apples (sold out)."
    }
    record = StockRecord.objects.get(product=apples)
    assert (record.num_in_stock, record.num_allocated) == (UNITS, UNITS)
    assert Order.objects.count() == UNITS
    assert invariants.breaches() == []


def test_without_the_condition_the_units_are_oversold(shop, monkeypatch):
    buyers = crowds.AT_ONCE
    drop("partner_stockrecord", "stock_allocated_within_stock")
    wishes = wishes_for(selling.a_product(stock=UNITS), buyers=buyers)
    everybody_has_looked = threading.Barrier(buyers)
    unconditional = re.sub(r" AND num_in_stock .*", "", stock.ALLOCATE_ONE)
    monkeypatch.setattr(stock, "ALLOCATE_ONE", unconditional)
    guarded = stock.allocate

    def look_first(*arguments, **named):
        everybody_has_looked.wait(timeout=30)
        guarded(*arguments, **named)

    monkeypatch.setattr(stock, "allocate", look_first)

    outcomes = crowds.at_once(shop, buy, wishes)

    assert len(crowds.of_kind(outcomes, Order)) == buyers > UNITS
    rules = {breach.rule for breach in invariants.breaches()}
    assert rules == {"more is promised than there is"}


def test_as_many_orders_as_seats(shop):
    PickupSettings.objects.update(capacity=UNITS)
    wishes = wishes_for(selling.a_product(stock=1000), buyers=BUYERS)

    outcomes = crowds.at_once(shop, buy, wishes)

    assert len(crowds.of_kind(outcomes, Order)) == UNITS
    assert len(crowds.of_kind(outcomes, SlotFull)) == BUYERS - UNITS
    slot = Slot.objects.get()
    assert slot.booked == Booking.objects.count() == UNITS
    assert StockRecord.objects.get().num_allocated == UNITS
    assert invariants.breaches() == []


def test_without_the_condition_the_slot_is_oversold(shop, monkeypatch):
    buyers = crowds.AT_ONCE
    PickupSettings.objects.update(capacity=UNITS)
    drop("pickup_slot", "slot_booked_within_room")
    wishes = wishes_for(selling.a_product(stock=1000), buyers=buyers)
    fill = selling.a_basket((selling.a_product(), 1))
    Pickup().hold(wishes[0]["slot"], basket=fill, now=selling.NOW)
    fill.delete()
    everybody_has_looked = threading.Barrier(buyers)

    def careless(_self, _value, *, order, now, **_named):
        everybody_has_looked.wait(timeout=30)
        Slot.objects.update(booked=F("booked") + 1)
        Booking.objects.create(slot=Slot.objects.get(), order=order, created_at=now)

    monkeypatch.setattr(Pickup, "reserve", careless)
    # The one product's row would make them come one after another.
    monkeypatch.setattr(stock, "allocate", lambda *_arguments, **_named: None)

    outcomes = crowds.at_once(shop, buy, wishes)

    assert len(crowds.of_kind(outcomes, Order)) == buyers > UNITS


def test_goods_in_any_order_never_wait_for_each_other(shop):
    goods = [selling.a_product(title=f"Good {n}", stock=1000) for n in range(8)]
    wishes = shuffled_wishes(goods, baskets=100)

    outcomes = crowds.at_once(shop, buy, wishes)

    assert [error for error in outcomes if isinstance(error, Exception)] == []
    assert Order.objects.count() == 100
    assert invariants.breaches() == []


def test_in_the_order_of_the_basket_they_would(shop, monkeypatch):
    goods = [selling.a_product(title=f"Good {n}", stock=1000) for n in range(4)]
    wishes = shuffled_wishes(goods, baskets=crowds.AT_ONCE)

    def one_by_one(quote, *, now):
        with connection.cursor() as cursor:
            for line in quote.lines:
                parameters = {"id": line.line.stockrecord_id, "quantity": 1, "now": now}
                cursor.execute(stock.ALLOCATE_ONE, parameters)
                cursor.execute("SELECT pg_sleep(0.05)")

    monkeypatch.setattr(stock, "allocate", one_by_one)

    outcomes = crowds.at_once(shop, buy, wishes)

    deadlocks = crowds.of_kind(outcomes, OperationalError)
    assert any("deadlock" in str(error) for error in deadlocks)


def shuffled_wishes(goods, *, baskets):
    slot = selling.free_slot()
    chance = random.Random(2026)
    return [
        selling.a_wish(
            selling.a_basket(*((good, 1) for good in chance.sample(goods, len(goods)))),
            slot=slot,
        )
        for _basket in range(baskets)
    ]


@pytest.fixture
def a_filled_page(shop, monkeypatch):
    """A visitor's cookies, and the form of the checkout as it stands before them."""
    monkeypatch.setattr(clock, "now", lambda: selling.NOW)
    apples = selling.a_product(stock=1000)
    visitor = Client(headers={"host": "alder.localhost"})
    visitor.post("/basket/add/", {"product": apples.pk}, headers={"HX-Request": "true"})
    page = visitor.get("/checkout/").content.decode()
    form = {
        "name": "Ana Byrne",
        "email": "ana@example.com",
        "slot": selling.free_slot(),
        "payment_method": "pay_at_pickup",
        "agreement": re.search(r'name="agreement" value="([^"]+)"', page).group(1),
    }
    return visitor.cookies, form


def send(page):
    cookies, form = page
    browser = Client(headers={"host": "alder.localhost"})
    browser.cookies = cookies.copy()
    return browser.post("/checkout/place/", form)


def test_fifty_posts_of_one_page_are_one_order(shop, a_filled_page):
    answers = crowds.at_once(shop, send, [a_filled_page] * 50)

    order = Order.objects.get()
    expected = (302, f"/orders/{order.public_reference}/")
    assert len(answers) == 50
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        expected
    }
    assert StockRecord.objects.get().num_allocated == 1
    assert invariants.breaches() == []


def test_posts_of_one_page_with_less_than_wanted_are_one_order(shop, a_filled_page):
    StockRecord.objects.update(num_in_stock=1)
    cookies, form = a_filled_page
    more = Client(headers={"host": "alder.localhost"})
    more.cookies = cookies.copy()
    more.post("/basket/add/", {"product": StockRecord.objects.get().product_id})
    Line.objects.update(quantity=3)
    page = more.get("/checkout/").content.decode()
    form["agreement"] = re.search(r'name="agreement" value="([^"]+)"', page).group(1)

    answers = crowds.at_once(shop, send, [a_filled_page] * 20)

    order = Order.objects.get()
    assert order.lines.get().quantity == 1
    assert {answer["Location"] for answer in answers} == {
        f"/orders/{order.public_reference}/"
    }
    assert invariants.breaches() == []


def test_without_the_key_they_are_several(shop, a_filled_page, monkeypatch):
    drop("order_order", "order_one_per_basket")
    numbers = iter(range(1, 1000))
    monkeypatch.setattr(attempts, "begin", lambda **_named: next(numbers))
    monkeypatch.setattr(orders, "_submit", lambda *_arguments, **_named: None)

    crowds.at_once(shop, send, [a_filled_page] * crowds.AT_ONCE)

    assert Order.objects.count() > 1


def test_a_double_cancel_gives_back_once(shop):
    apples = selling.a_product(stock=100)
    kept = selling.an_order((apples, 30))
    order = selling.an_order((apples, 3))

    outcomes = crowds.at_once(shop, cancel, [order.pk] * 20)

    assert len(crowds.of_kind(outcomes, Order)) == 1
    assert len(crowds.of_kind(outcomes, life.NotNow)) == 19
    assert StockRecord.objects.get().num_allocated == 30
    assert Slot.objects.get().booked == 1
    assert Booking.objects.get(order=order).released_at == selling.NOW
    assert Booking.objects.get(order=kept).released_at is None
    assert invariants.breaches() == []


def test_without_the_lock_it_gives_back_several_times(shop, monkeypatch):
    apples = selling.a_product(stock=100)
    selling.an_order((apples, 30))
    order = selling.an_order((apples, 3))
    everybody_has_looked = threading.Barrier(5)

    def unlocked(order_id):
        found = Order.objects.get(pk=order_id)
        everybody_has_looked.wait(timeout=30)
        return found

    give_back = stock.give_back

    def together(**named):
        everybody_has_looked.wait(timeout=30)
        return give_back(**named)

    monkeypatch.setattr(life, "_locked", unlocked)
    monkeypatch.setattr(stock, "give_back", together)
    monkeypatch.setattr(life, "_write", write_nothing)
    monkeypatch.setattr(ledger, "expect_nothing", lambda **_named: None)

    crowds.at_once(shop, cancel, [order.pk] * 5)

    assert StockRecord.objects.get().num_allocated < 30


def write_nothing(order, **_named):
    """Leave the order's row alone: writing it would lock it after all."""
    order.status = OrderStatus.CANCELLED
    return order.status_changes.first()


def cancel(order_id):
    return life.cancel(order_id=order_id, actor=ACTOR, now=selling.NOW)


def test_two_who_hand_over_at_once_take_the_money_once(shop):
    order = selling.an_order((selling.a_product(stock=100), 3))
    for step in (OrderStatus.ACCEPTED, OrderStatus.PICKING, OrderStatus.READY):
        life.advance(order_id=order.pk, to=step, actor=ACTOR, now=selling.NOW)

    def hand_over(order_id):
        return life.advance(
            order_id=order_id, to=OrderStatus.COLLECTED, actor=ACTOR, now=selling.NOW
        )

    outcomes = crowds.at_once(shop, hand_over, [order.pk] * 10)

    assert len(crowds.of_kind(outcomes, Order)) == 1
    assert Transaction.objects.count() == 1
    assert StockRecord.objects.get().num_in_stock == 97
    assert invariants.breaches() == []


def test_a_basket_changed_while_it_is_ordered_is_ordered_as_agreed(shop):
    """Each change of a basket waits for its order, and the other way round."""
    from storefront.commerce import baskets

    goods = [selling.a_product(title=f"Good {n}", stock=1000) for n in range(20)]
    basket = selling.a_basket((goods[0], 1))
    wish = selling.a_wish(basket)

    def press(good):
        mine = Basket.objects.get(pk=basket.pk)
        mine.strategy = basket.strategy
        if good is None:
            return orders.place(**wish | {"basket": mine})
        return baskets.add(basket=mine, product_id=good.pk, quantity=1, user=None)

    crowds.at_once(shop, press, [*goods[1:10], None, *goods[10:]])

    for order in Order.objects.all():
        assert order.total_incl_tax == wish["agreed"].total
        assert order.lines.count() == 1
    assert invariants.breaches() == []
