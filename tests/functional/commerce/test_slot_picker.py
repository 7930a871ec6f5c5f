"""The times to choose from: made once for many customers, and true for each."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from factories import selling

from kernel import clock
from pickup import rules
from pickup.models import PickupSettings, Slot, SlotHold
from pickup.services import Pickup
from storefront.checkout import picker
from tenants import context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]

HTMX = {"HX-Request": "true"}
#: Monday, 10:00 in Dublin.
TEN = "2026-03-02T10:00:00Z"


def a_buyer(shop):
    visitor = Client(headers={"host": f"{shop.subdomain}.localhost"})
    with context.inside(shop):
        product = selling.a_product()
    visitor.post("/basket/add/", {"product": product.pk, "quantity": 1})
    return visitor


@pytest.fixture
def buyer(alder):
    return a_buyer(alder)


def slot_on(page, value=TEN):
    """Return a slot's label with all in it, or nothing."""
    found = re.search(
        rf'<label class="slot [^>]*for="slot-{value}">.*?</label>', page, re.DOTALL
    )
    return found.group() if found else ""


def checkout(visitor):
    return visitor.get("/checkout/").content.decode()


def hold_by_another(shop, value=TEN):
    with context.inside(shop):
        basket = selling.a_basket((selling.a_product(), 1))
        Pickup().hold(value, basket=basket, now=clock.now())


def test_a_slot_that_fills_is_shown_so_to_the_next_who_looks(buyer, alder, monkeypatch):
    with context.inside(alder):
        PickupSettings.objects.update(capacity=3, cutoff_minutes=0, lead_minutes=0)
    pages = [checkout(buyer)]
    for _customer in range(3):
        hold_by_another(alder)
        pages.append(checkout(buyer))
    monkeypatch.setattr(clock, "now", lambda: selling.NOW + timedelta(minutes=10))
    later = checkout(buyer)

    notes = [re.search(r"note\">([^<]*)", slot_on(page)).group(1) for page in pages]
    assert notes == ["Free", "2 places left", "1 place left", "Full"]
    assert "disabled" in slot_on(pages[-1])
    assert "Free" in slot_on(later)
    assert "disabled" not in slot_on(later)


def test_a_kept_slot_is_its_customer_s_alone(buyer, alder):
    other = a_buyer(alder)
    checkout(other)

    answer = buyer.post("/checkout/slot/", {"slot": TEN}, headers=HTMX)

    for page in (answer.content.decode(), checkout(buyer)):
        assert "Held for you" in slot_on(page)
        assert "checked" in slot_on(page)
    assert "Free" in slot_on(checkout(other))
    assert "checked" not in slot_on(checkout(other))


def test_a_slot_goes_when_the_clock_passes_its_cut_off(buyer, alder, monkeypatch):
    before = checkout(buyer)
    monkeypatch.setattr(clock, "now", lambda: selling.NOW + timedelta(minutes=61))

    after = checkout(buyer)

    assert slot_on(before)
    assert not slot_on(after)
    assert slot_on(after, "2026-03-02T10:30:00Z")


def test_a_kept_slot_stays_while_it_is_kept(buyer, alder, monkeypatch):
    buyer.post("/checkout/slot/", {"slot": TEN}, headers=HTMX)
    closes = selling.NOW + timedelta(minutes=60)
    with context.inside(alder):
        SlotHold.objects.update(expires_at=closes + timedelta(minutes=5))
    monkeypatch.setattr(clock, "now", lambda: closes + timedelta(minutes=1))
    other = a_buyer(alder)

    assert "Held for you" in slot_on(checkout(buyer))
    assert not slot_on(checkout(other))


def test_the_days_move_on_at_the_shop_s_midnight(buyer, alder, monkeypatch):
    checkout(buyer)
    monkeypatch.setattr(clock, "now", lambda: selling.NOW + timedelta(days=1))

    page = checkout(buyer)

    assert "<legend>Today 3 Mar</legend>" in page
    assert "2 Mar" not in page


def test_new_rules_and_closed_days_show_at_once(buyer, alder):
    checkout(buyer)
    with context.inside(alder):
        settings = PickupSettings.objects.get()
        settings.pickup_windows, settings.slot_minutes = "Mo-Su 10:00-12:00", 60
        rules.save_settings(settings=settings, now=selling.NOW)
    changed = checkout(buyer)
    with context.inside(alder):
        today = date(2026, 3, 2)
        rules.close_days(
            starts_on=today, ends_on=today, reason="Stock-taking", now=selling.NOW
        )
    closed = checkout(buyer)

    assert "10:00–11:00" in slot_on(changed)
    assert not slot_on(changed, "2026-03-02T10:30:00Z")
    assert not slot_on(closed)
    assert "Stock-taking" in closed


def test_the_same_rules_in_another_shop_are_that_shop_s(alder, birch):
    """The same moments and counts, with another clock, language and seats."""
    birch.time_zone, birch.language = "Europe/Berlin", "de"
    birch.save()
    for shop, windows in ((alder, "Mo 10:00-12:00"), (birch, "Mo 11:00-13:00")):
        with context.inside(shop):
            PickupSettings.objects.update(pickup_windows=windows, capacity=1)
    hold_by_another(alder)

    here, there = checkout(a_buyer(alder)), checkout(a_buyer(birch))

    assert "10:00–10:30" in slot_on(here)
    assert "Full" in slot_on(here)
    assert "11:00–11:30" in slot_on(there)
    assert "disabled" not in slot_on(there)
    assert ">Wed<" in here
    assert ">Mi<" in there


def test_a_week_is_drawn_once_for_all_customers(buyer, alder):
    other = a_buyer(alder)
    checkout(buyer)
    drawn = picker._panel.cache_info().misses

    checkout(other)

    assert picker._panel.cache_info().misses == drawn


def test_a_seat_is_kept_for_the_slot_whose_row_was_made_for_other_rules(buyer, alder):
    """A row of a week that is no more stands on no day, and breaks none."""
    hold_by_another(alder)
    with context.inside(alder):
        Slot.objects.update(starts_at=selling.NOW + timedelta(minutes=7))

    assert "Free" in slot_on(checkout(buyer))
