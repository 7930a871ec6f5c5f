from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pickup import seats
from pickup.models import Booking, Closure, Slot, SlotHold
from storefront.commerce.baskets import BasketClosed

from .conftest import HALF_PAST_TEN, NOW, TEN, make_basket, make_order


def slot_of(days, value):
    return next(slot for day in days for slot in day.slots if slot.value == value)


def test_the_days_ahead_cost_two_queries(
    pickup, rules, django_assert_num_queries, shop
):
    basket = make_basket()
    pickup.hold(TEN, basket=basket, now=NOW)

    with django_assert_num_queries(2):
        days = pickup.days(basket=basket, now=NOW)

    assert len(days) == rules.horizon_days + 1
    assert days[0].date == date(2026, 11, 23)
    assert [slot.value for slot in days[0].slots][:2] == [TEN, HALF_PAST_TEN]
    assert slot_of(days, TEN).state == "held"
    assert days[0].slots[0].starts_at.tzinfo == shop.zone


def test_a_day_without_windows_says_so(pickup, rules):
    days = pickup.days(basket=None, now=NOW)

    sunday = next(day for day in days if day.date.weekday() == 6)
    assert not sunday.slots
    assert sunday.note == "No pickup on this day."


def test_a_slot_closes_an_hour_before_it_starts(pickup, rules):
    late = NOW + timedelta(seconds=1)

    assert pickup.days(basket=None, now=late)[0].slots[0].value == HALF_PAST_TEN
    with pytest.raises(seats.SlotClosed, match="Monday 10:00–10:30 are closed"):
        pickup.hold(TEN, basket=make_basket(), now=late)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00+00:00",
        "2026-11-23T10:07:00Z",
        "2026-11-22T10:00:00Z",
        "2026-13-45T99:99:99Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "２０２６-11-23T10:00:00Z",
        "2026-11-23T10:00:00Z\n",
        "2026-11-23T10:00:00Z\x00",
        "9" * 10_000,
        None,
    ],
)
def test_what_is_no_slot_is_refused(pickup, rules, value):
    with pytest.raises(seats.SlotUnknown):
        pickup.quote(value, basket=None, now=NOW)
    assert not Slot.objects.exists()


def test_a_held_last_seat_is_full_for_others_and_free_when_the_hold_expires(
    pickup, rules
):
    for _customer in range(2):
        pickup.hold(TEN, basket=make_basket(), now=NOW)
    ben = make_basket()

    with pytest.raises(seats.SlotFull) as refusal:
        pickup.hold(TEN, basket=ben, now=NOW)

    assert refusal.value.data["next"] == HALF_PAST_TEN
    assert str(refusal.value) == (
        "Monday 10:00–10:30 is full now. The next free time is Monday 10:30–11:00."
    )
    rules.lead_minutes = 0
    rules.cutoff_minutes = 0
    rules.save()
    later = NOW + timedelta(minutes=rules.hold_minutes)
    assert slot_of(pickup.days(basket=ben, now=later), TEN).left == 2
    pickup.hold(TEN, basket=ben, now=later)


def test_another_choice_frees_the_first_seat(pickup, rules):
    ana = make_basket()
    pickup.hold(TEN, basket=ana, now=NOW)

    kept = pickup.hold(HALF_PAST_TEN, basket=ana, now=NOW)

    assert SlotHold.objects.count() == 1
    assert kept.slot.value == HALF_PAST_TEN
    assert kept.expires_at == NOW + timedelta(minutes=10)
    assert slot_of(pickup.days(basket=None, now=NOW), TEN).left == 2
    assert pickup.current_hold(basket=ana, now=NOW) == kept
    assert pickup.current_hold(basket=ana, now=kept.expires_at) is None


def test_an_unsaved_basket_is_saved_by_its_hold(pickup, rules):
    from storefront.oscar_apps.basket.models import Basket

    fresh = Basket()

    pickup.hold(TEN, basket=fresh, now=NOW)

    assert pickup.current_hold(basket=fresh, now=NOW)


@pytest.mark.parametrize("end", ["ordered", "gone"])
def test_no_seat_is_kept_for_a_basket_that_is_over(pickup, rules, end):
    basket = make_basket()
    there = type(basket).objects.filter(pk=basket.pk)
    there.delete() if end == "gone" else there.update(status=basket.SUBMITTED)

    with pytest.raises(BasketClosed):
        pickup.hold(TEN, basket=basket, now=NOW)

    assert not SlotHold.objects.exists()


def test_a_live_hold_outlives_the_cut_off_and_an_expired_one_does_not(pickup, rules):
    ana, order = make_basket(), make_order()
    pickup.hold(TEN, basket=ana, now=NOW)
    just_in_time = NOW + timedelta(minutes=9)
    too_late = NOW + timedelta(minutes=10)

    with pytest.raises(seats.SlotClosed):
        pickup.quote(TEN, basket=ana, now=too_late)
    assert pickup.quote(TEN, basket=ana, now=just_in_time).collect_from == datetime(
        2026, 11, 23, 10, tzinfo=UTC
    )
    pickup.reserve(TEN, order=order, basket=ana, now=just_in_time)

    assert Slot.objects.get().booked == 1
    assert not SlotHold.objects.exists()


def test_past_the_cut_off_a_seat_is_kept_no_longer_than_it_was(pickup, rules):
    ana = make_basket()
    kept = pickup.hold(TEN, basket=ana, now=NOW)

    again = pickup.hold(TEN, basket=ana, now=NOW + timedelta(minutes=9))

    assert again == kept
    assert pickup.current_hold(basket=ana, now=kept.expires_at) is None


def test_no_seat_is_kept_or_sold_when_its_slot_is_over(pickup, rules):
    rules.lead_minutes = rules.cutoff_minutes = 0
    rules.slot_minutes, rules.hold_minutes = 30, 60
    rules.save()
    ana, begins = make_basket(), datetime(2026, 11, 23, 10, tzinfo=UTC)
    over = begins + timedelta(minutes=30)

    kept = pickup.hold(TEN, basket=ana, now=begins)

    assert kept.expires_at == over
    pickup.quote(TEN, basket=ana, now=over - timedelta(seconds=1))
    SlotHold.objects.update(expires_at=over + timedelta(minutes=30))
    with pytest.raises(seats.SlotClosed):
        pickup.reserve(TEN, order=make_order(), basket=ana, now=over)


def test_a_seat_is_reserved_for_those_who_hold_it(pickup, rules):
    ana = make_basket()
    pickup.hold(TEN, basket=ana, now=NOW)
    pickup.reserve(TEN, order=make_order(), basket=make_basket(), now=NOW)

    with pytest.raises(seats.SlotFull):
        pickup.reserve(TEN, order=make_order(), basket=None, now=NOW)
    pickup.reserve(TEN, order=make_order(), basket=ana, now=NOW)

    slot = Slot.objects.get()
    assert (slot.booked, slot.capacity) == (2, 2)


def test_a_seat_comes_back_exactly_once(pickup, rules):
    order = make_order()
    pickup.reserve(TEN, order=order, basket=None, now=NOW)

    assert pickup.release(order=order, now=NOW) is True
    assert pickup.release(order=order, now=NOW) is False

    assert Slot.objects.get().booked == 0
    assert Booking.objects.get().released_at == NOW
    assert pickup.release(order=make_order(), now=NOW) is False


def test_a_closing_day_stops_new_orders_at_once(pickup, rules):
    ana = make_basket()
    pickup.hold(TEN, basket=ana, now=NOW)
    today = date(2026, 11, 23)
    Closure.objects.create(starts_on=today, ends_on=today, reason="Stock-taking")

    assert pickup.days(basket=ana, now=NOW)[0].note == "Stock-taking"
    for attempt in (pickup.quote, pickup.hold):
        with pytest.raises(seats.SlotUnknown):
            attempt(TEN, basket=ana, now=NOW)
    with pytest.raises(seats.SlotUnknown):
        pickup.reserve(TEN, order=make_order(), basket=ana, now=NOW)


def test_the_next_slot_has_room(pickup, rules, django_assert_num_queries):
    for _seat in range(2):
        pickup.reserve(TEN, order=make_order(), basket=None, now=NOW)

    with django_assert_num_queries(2):
        starts_at = pickup.next_slot(now=NOW)

    assert starts_at.isoformat() == "2026-11-23T10:30:00+00:00"


def test_without_any_window_there_is_no_next_slot(pickup, rules):
    rules.pickup_windows = "off"
    rules.save()

    assert pickup.next_slot(now=NOW) is None
    assert not any(day.slots for day in pickup.days(basket=None, now=NOW))


def test_a_promise_is_the_start_of_the_slot(pickup, rules):
    reservation = pickup.quote(HALF_PAST_TEN, basket=None, now=NOW)

    assert reservation.estimated_ready_at == reservation.collect_from
    assert reservation.collect_until - reservation.collect_from == timedelta(minutes=30)
    assert pickup.changeable_until(
        collect_from=reservation.collect_from
    ) == reservation.collect_from - timedelta(minutes=30)


def test_reserving_costs_six_queries(pickup, rules, django_assert_max_num_queries):
    ana, order = make_basket(), make_order()
    pickup.hold(TEN, basket=ana, now=NOW)

    with django_assert_max_num_queries(6):
        pickup.reserve(TEN, order=order, basket=ana, now=NOW)


def test_spring_dst_in_berlin(pickup, rules, shop):
    shop.time_zone = "Europe/Berlin"
    rules.pickup_windows = "Su 01:30-04:00,09:00-12:00"
    rules.save()
    friday = datetime(2027, 3, 26, 12, tzinfo=UTC)

    sunday = pickup.days(basket=None, now=friday)[2]

    times = [f"{slot.starts_at:%H:%M}" for slot in sunday.slots]
    assert sunday.date == date(2027, 3, 28)
    assert times[:4] == ["01:30", "03:00", "03:30", "09:00"]
    assert len(times) == len(set(times))
    assert sunday.slots[3].value == "2027-03-28T07:00:00Z"
    quote = pickup.quote("2027-03-28T07:00:00Z", basket=None, now=friday)
    local = quote.collect_from.astimezone(ZoneInfo("Europe/Berlin"))
    assert local.isoformat() == "2027-03-28T09:00:00+02:00"


def test_shops_with_the_same_keys_have_their_own_seats(pickup, alder, birch):
    from tenants import context

    for shop in (alder, birch):
        with context.inside(shop):
            pickup.hold(TEN, basket=make_basket(), now=NOW)
            assert Slot.objects.count() == SlotHold.objects.count() == 1
