"""Whatever customers do, in whatever order, a slot never has more than its seats."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pickup import seats
from pickup.models import Booking, PickupSettings, Slot, SlotHold
from pickup.services import Pickup

from .conftest import HALF_PAST_TEN, NOW, TEN, make_basket, make_order

CUSTOMERS = st.integers(0, 4)
SLOTS = st.sampled_from([TEN, HALF_PAST_TEN])
CAPACITY = 2


class Seats(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        PickupSettings.objects.update(
            capacity=CAPACITY, lead_minutes=0, cutoff_minutes=0, hold_minutes=10
        )
        self.pickup = Pickup()
        self.now = NOW
        self.baskets = [make_basket() for _customer in range(5)]
        self.orders = []
        self.promised = {}  # basket: (value, expires_at)

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @rule(minutes=st.integers(1, 9))
    def time_passes(self, minutes):
        # Two days at most, so that both slots stay ahead.
        self.now += timedelta(seconds=minutes * 20)

    @rule(customer=CUSTOMERS, value=SLOTS)
    def hold(self, customer, value):
        basket = self.baskets[customer]
        try:
            kept = self.pickup.hold(value, basket=basket, now=self.now)
        except (seats.SlotFull, seats.SlotClosed):
            return
        self.promised[basket.pk] = (value, kept.expires_at)

    @rule(customer=CUSTOMERS, value=SLOTS)
    def buy(self, customer, value):
        basket = self.baskets[customer]
        held, expires_at = self.promised.get(basket.pk, (None, None))
        is_promised = held == value and expires_at > self.now
        order = make_order()
        try:
            with transaction.atomic():
                self.pickup.reserve(value, order=order, basket=basket, now=self.now)
        except (seats.SlotFull, seats.SlotClosed):
            assert not is_promised, "a live hold did not get its seat"
            return
        self.orders.append(order)
        self.promised.pop(basket.pk, None)
        self.baskets[customer] = make_basket()

    @rule(number=st.integers(0, 50))
    def cancel(self, number):
        if self.orders:
            order = self.orders[number % len(self.orders)]
            self.pickup.release(order=order, now=self.now)

    @invariant()
    def nothing_is_sold_twice(self):
        for slot in Slot.objects.order_by("starts_at"):
            bookings = Booking.objects.filter(slot=slot, released_at=None).count()
            held = SlotHold.objects.filter(slot=slot, expires_at__gt=self.now).count()
            assert slot.booked == bookings
            assert bookings + held <= CAPACITY


def test_holding_buying_and_cancelling_never_oversell(shop):
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("guard", ["CHECK"])
def test_the_database_itself_refuses_a_seat_too_many(shop, guard):
    from django.db import IntegrityError
    from django.db.models import F

    Pickup().hold(TEN, basket=make_basket(), now=NOW)

    with pytest.raises(IntegrityError, match="slot_booked_within_room"):
        Slot.objects.update(booked=F("capacity") + 1)
