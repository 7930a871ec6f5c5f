from datetime import date, timedelta

import pytest
from django.utils import timezone

from kernel import hours
from notifications.models import Message
from pickup import rules as rules_service
from pickup.forms import WeekForm
from pickup.models import Closure, PickupSettings, Slot

from .conftest import NOW, TEN, make_basket, make_order
from .test_board import Browser, sign_in

PAGE = "/admin/pickup/"


@pytest.fixture
def manager(client, shop):
    sign_in(client, "manager")
    return Browser(client)


def week(prefix, **days):
    """Return a week's post: `Mo="9-18"`, `Tu="9-12 14-18"`."""
    data = {}
    for number, code in enumerate(hours.DAY_CODES):
        for place, span in enumerate(days.get(code, "").split()):
            opens, _dash, closes = span.partition("-")
            data[f"{prefix}-opens_{number}_{place}"] = opens
            data[f"{prefix}-closes_{number}_{place}"] = closes
    return data


def post(**changes):
    rules = {
        "slot_minutes": 30,
        "capacity": 4,
        "lead_minutes": 45,
        "cutoff_minutes": 15,
        "horizon_days": 5,
        "hold_minutes": 8,
        "place": "Side door",
        "what_to_bring": "A bag",
        "hours_note": "",
    }
    data = {f"rules-{name}": value for name, value in rules.items()}
    data["version"] = rules_service.version_of(PickupSettings.objects.get())
    data |= week("open", Mo="9-18:30", Tu="0900-1200 13.30-24:00")
    data |= week("pickup", Mo="10-18")
    return data | changes


def test_a_saved_week_is_opening_hours_and_the_hub_hears(manager):
    before = Message.objects.filter(kind="hub_card").count()

    response = manager.post(PAGE, post())

    settings = PickupSettings.objects.get()
    assert response.status_code == 302
    assert settings.opening_hours == "Mo 09:00-18:30; Tu 09:00-12:00,13:30-24:00"
    assert settings.pickup_windows == "Mo 10:00-18:00"
    assert (settings.capacity, settings.place) == (4, "Side door")
    assert Message.objects.filter(kind="hub_card").count() == before + 1
    assert "09:00" in manager.get(PAGE).content.decode()


def test_a_shop_may_be_closed_all_week(manager):
    manager.post(PAGE, {**post(), **week("pickup", Mo="-")})

    assert PickupSettings.objects.get().pickup_windows == "off"
    assert "No slot can be chosen" in manager.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"open-opens_0_0": "nine"}, "Write times like 9:30 or 18."),
        ({"open-opens_0_0": "25:00"}, "Write times like 9:30 or 18."),
        ({"open-opens_0_0": "9:75"}, "Write times like 9:30 or 18."),
        ({"open-closes_0_0": ""}, "Give both a beginning and an end."),
        ({"open-closes_0_0": "8"}, "09:00–08:00 ends before it begins."),
        ({"open-opens_1_1": "11:30"}, "Its two ranges overlap."),
        ({"rules-capacity": "0"}, "greater than or equal to 1"),
        ({"rules-capacity": "9" * 30}, "less than or equal to 1000"),
        ({"rules-slot_minutes": "3"}, "greater than or equal to 5"),
        ({"rules-slot_minutes": "99999"}, "less than or equal to 480"),
        ({"rules-lead_minutes": "-1"}, "greater than or equal to 0"),
        ({"rules-horizon_days": "14"}, "less than or equal to 13"),
        ({"rules-place": "x" * 161}, "at most 160"),
        ({"rules-place": "Side\x00door"}, "Null characters"),
    ],
)
def test_what_cannot_be_is_said_in_words_and_nothing_is_saved(manager, changes, words):
    before = PickupSettings.objects.get().opening_hours

    response = manager.post(PAGE, post(**changes))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert PickupSettings.objects.get().opening_hours == before


class TestSavedBySomebodyElse:
    """The page of one manager is open while another saves."""

    @pytest.fixture
    def opened(self, manager):
        """What a manager sends who had the page open before somebody else saved."""
        mine = post()
        theirs = PickupSettings.objects.get()
        theirs.opening_hours, theirs.place = "Mo 07:00-11:00", "Back door"
        rules_service.save_settings(settings=theirs, now=NOW)
        return mine

    def test_nothing_of_theirs_is_undone_and_nothing_of_mine_lost(
        self, manager, opened
    ):
        before = rules_service.version_of(PickupSettings.objects.get())

        refused = manager.post(PAGE, opened)

        page = refused.content.decode()
        assert refused.status_code == 409
        assert rules_service.version_of(PickupSettings.objects.get()) == before
        assert "Somebody else saved this page" in page
        assert "Opening hours, Monday</a>: 07:00–11:00" in page
        assert "Opening hours, Tuesday</a>: closed" in page
        assert "Where to come</a>: Back door" in page
        assert 'value="18:30"' in page
        assert 'value="Side door"' in page

    def test_the_next_press_keeps_mine(self, manager, opened):
        again = manager.post(PAGE, opened).context["version"]

        assert manager.post(PAGE, opened | {"version": again}).status_code == 302
        assert PickupSettings.objects.get().place == "Side door"

    def test_a_slip_corrected_does_not_let_it_through(self, manager, opened):
        slip = manager.post(PAGE, opened | {"rules-capacity": "0"})

        assert slip.status_code == 422
        assert slip.context["version"] == opened["version"]

    def test_a_third_range_is_not_lost_where_theirs_has_two(self, manager, opened):
        third = {"open-opens_0_2": "20:00", "open-closes_0_2": "22:00"}

        refused = manager.post(PAGE, opened | third)

        assert 'value="22:00"' in refused.content.decode()

    def test_a_button_pressed_twice_is_nobody_else(self, manager):
        mine = post()

        assert [manager.post(PAGE, mine).status_code for _press in range(2)] == [
            302,
            302,
        ]


def test_the_grid_writes_what_it_reads(shop):
    text = "Mo-Fr 09:00-12:00,13:00-18:00,20:00-24:00; Sa 22:00-02:00"
    form = WeekForm(text=text, prefix="open")
    data = {
        field.html_name: field.value() for field in form if field.value() is not None
    }

    again = WeekForm(data, text=text, prefix="open")

    assert form.is_plain(today=NOW.date())
    assert form.ranges == 3
    assert again.is_valid(), again.errors
    assert hours.week(again.cleaned_data["text"]) == hours.week(text)


def test_special_dates_are_pointed_out(shop):
    form = WeekForm(text="Mo 09:00-18:00; Dec 24 09:00-13:00")

    assert not form.is_plain(today=NOW.date())


def test_less_room_never_goes_below_what_is_taken(rules, pickup):
    for _seat in range(2):
        pickup.reserve(TEN, order=make_order(), basket=None, now=NOW)
    pickup.hold("2026-11-23T11:00:00Z", basket=make_basket(), now=NOW)
    rules.capacity = 1
    rules.slot_minutes = 60

    kept = rules_service.save_settings(settings=rules, now=NOW)

    slots = {f"{slot.starts_at:%H}": slot for slot in Slot.objects.all()}
    assert kept == 1
    assert (slots["10"].capacity, slots["11"].capacity) == (2, 1)
    rules.capacity = 9
    rules_service.save_settings(settings=rules, now=NOW)
    assert set(Slot.objects.values_list("capacity", flat=True)) == {9}


class TestClosedDays:
    def add(self, manager, **fields):
        data = {f"closure-{name}": value for name, value in fields.items()}
        return manager.post(f"{PAGE}closures/", data)

    def test_orders_of_a_closed_day_are_listed(self, manager, shop):
        now = timezone.now()
        day = (now + timedelta(days=3)).astimezone(shop.zone)
        noon = day.replace(hour=12, minute=0)
        inside = make_order(collect_from=noon, collect_until=noon + timedelta(hours=1))
        outside = make_order(
            collect_from=noon + timedelta(days=1),
            collect_until=noon + timedelta(days=1, hours=1),
        )

        response = self.add(
            manager, starts_on=day.date().isoformat(), ends_on="", reason="Moving"
        )

        page = manager.get(PAGE).content.decode()
        assert response.status_code == 302
        assert "1 order is to be collected then" in page
        assert inside.number in page
        assert outside.number not in page
        closure = Closure.objects.get()
        assert closure.ends_on == closure.starts_on == day.date()
        inside.refresh_from_db()
        assert inside.status == "placed"

    def test_it_can_be_taken_back_twice(self, manager):
        closure = Closure.objects.create(
            starts_on=date(2099, 1, 1), ends_on=date(2099, 1, 1)
        )

        for _time in range(2):
            path = f"{PAGE}closures/{closure.pk}/remove/"
            assert manager.post(path).status_code == 302
        assert not Closure.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "This field is required"),
            ({"starts_on": "soon"}, "Enter a valid date"),
            ({"starts_on": "2020-01-01"}, "That day is over."),
            ({"starts_on": "9999-12-31"}, "more than two years from now"),
            (
                {"starts_on": "2027-05-02", "ends_on": "2027-05-01"},
                "The last day comes before the first.",
            ),
            ({"starts_on": "2027-05-02", "reason": "x" * 121}, "at most 120"),
        ],
    )
    def test_what_cannot_be_is_said(self, manager, fields, words):
        response = self.add(manager, **fields)

        assert response.status_code == 422
        assert words in response.content.decode()
        assert not Closure.objects.exists()

    def test_the_list_has_an_end(self, shop):
        for number in range(rules_service.MOST_CLOSURES):
            day = date(2027, 1, 1) + timedelta(days=number)
            rules_service.close_days(starts_on=day, ends_on=day, reason="", now=NOW)

        with pytest.raises(rules_service.TooManyClosures):
            rules_service.close_days(
                starts_on=date(2027, 6, 1), ends_on=date(2027, 6, 1), reason="", now=NOW
            )


@pytest.mark.parametrize("role", ["picker", "editor"])
def test_only_managers_set_the_hours(client, shop, role):
    sign_in(client, role)
    browser = Browser(client)

    assert browser.get(PAGE).status_code in {302, 403}
    assert browser.post(PAGE, post()).status_code in {302, 403}
    assert PickupSettings.objects.get().place == ""
