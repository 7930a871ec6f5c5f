"""A time is chosen while the form is filled in, and kept for the order."""

from datetime import timedelta

import pytest
from factories import selling
from support.ordering import all_orders, filled, slots_of

from kernel import clock
from pickup.models import Slot, SlotHold
from storefront import fulfilment
from tenants import context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]

HTMX = {"HX-Request": "true"}


def test_choosing_a_time_keeps_a_seat(buyer, alder):
    slot = slots_of(alder)[2]

    response = buyer.post("/checkout/slot/", {"slot": slot}, headers=HTMX)

    page = response.content.decode()
    assert "Kept for you" in page
    assert "data-countdown" in page
    assert "<html" not in page
    with context.inside(alder):
        assert SlotHold.objects.count() == 1
    assert "slot--held" in buyer.get("/checkout/").content.decode()


def test_choosing_a_time_without_script_loses_nothing_typed(buyer, alder):
    form = filled(buyer.get("/checkout/"), note="Ring twice")

    page = buyer.post("/checkout/slot/", form).content.decode()

    assert "Kept for you" in page
    assert "Ring twice" in page
    assert 'value="Ana Byrne"' in page
    assert "Please look at this again" not in page


def test_a_full_slot_is_refused_and_another_named(buyer, alder):
    slot = slots_of(alder)[2]
    with context.inside(alder):
        other = selling.a_basket((selling.a_product(), 1))
        fulfilment.provider().hold(slot, basket=other, now=selling.NOW)
        Slot.objects.update(capacity=1)
    form = filled(buyer.get("/checkout/"), slot=slot)

    held = buyer.post("/checkout/slot/", {"slot": slot}, headers=HTMX)
    placed = buyer.post("/checkout/place/", form)

    assert held.status_code == placed.status_code == 409
    assert "is full now" in held.content.decode()
    assert "is full now" in placed.content.decode()
    assert "The next free time is" in placed.content.decode()
    assert all_orders(alder) == []


def test_the_hold_becomes_the_order_s_seat(buyer, alder):
    page = buyer.get("/checkout/")
    form = filled(page)
    buyer.post("/checkout/slot/", form, headers=HTMX)

    buyer.post("/checkout/place/", form)

    with context.inside(alder):
        assert SlotHold.objects.count() == 0
        assert Slot.objects.get().booked == 1


def test_an_expired_hold_is_not_a_promise(buyer, alder, monkeypatch):
    form = filled(buyer.get("/checkout/"))
    buyer.post("/checkout/slot/", form, headers=HTMX)
    monkeypatch.setattr(clock, "now", lambda: selling.NOW + timedelta(minutes=30))

    page = buyer.get("/checkout/").content.decode()

    assert "Kept for you" not in page
    assert 'href="#times"' not in page
