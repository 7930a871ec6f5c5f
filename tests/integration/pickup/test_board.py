from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from pickup import board
from storefront.commerce import life
from tenants import context

from .conftest import make_order

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BOARD = "/admin/orders/"


def sign_in(client, role, *, email="pat@example.com"):
    user = User.objects.create_user(email, first_name="Pat", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user, backend=BACKEND)
    return user


class Browser:
    """The workspace of alder, as somebody signed in sees it."""

    def __init__(self, client):
        self.client = client
        self.host = {"host": "alder.localhost"}

    def get(self, path, **headers):
        return self.client.get(path, headers=self.host | headers)

    def post(self, path, data=None, **headers):
        return self.client.post(path, data or {}, headers=self.host | headers)


@pytest.fixture
def browser(client, shop):
    return Browser(client)


@pytest.fixture
def picker(browser):
    sign_in(browser.client, "picker")
    return browser


def placed(**fields):
    from storefront.payments import ledger

    order = make_order(now=timezone.now(), **fields)
    ledger.expect(order=order, method=order.payment_method)
    return order


@pytest.mark.parametrize("role", ["owner", "manager", "picker"])
def test_who_works_with_orders_sees_the_board(browser, role):
    sign_in(browser.client, role)
    order = placed()

    response = browser.get(BOARD)

    assert response.status_code == 200
    assert order.number in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["", "board/", "history/", "1/", "1/part/"])
@pytest.mark.parametrize("role", ["editor", None])
def test_nobody_else_does(browser, role, path):
    sign_in(browser.client, role)

    assert browser.get(f"{BOARD}{path}").status_code in {302, 403}


def test_a_visitor_is_sent_to_sign_in(browser):
    response = browser.get(BOARD)

    assert response.status_code == 302
    assert "login" in response.url


def test_the_board_costs_the_same_with_many_orders(
    picker, django_assert_max_num_queries
):
    picker.get(BOARD)
    for _order in range(12):
        placed()

    with django_assert_max_num_queries(12):
        picker.get(f"{BOARD}board/")


@pytest.mark.parametrize("part", ["board/", "{pk}/part/"])
def test_what_is_fetched_anew_is_the_same_until_something_changes(picker, part):
    """Or the page would be drawn anew, and the focus lost, at every asking."""
    path = BOARD + part.format(pk=placed().pk)

    assert picker.get(path).content == picker.get(path).content


def test_an_order_goes_its_way_by_one_tap_each(picker):
    order = placed()

    for to in ("accepted", "picking", "ready", "collected"):
        response = picker.post(
            f"{BOARD}{order.pk}/step/?on=board", {"to": to}, HX_Request="true"
        )
        assert response.status_code == 200
        assert "<html" not in response.content.decode()

    order.refresh_from_db()
    assert order.status == "collected"
    steps = order.status_changes.order_by("pk").values_list("new_status", "actor_name")
    assert list(steps) == [
        (to, "Pat") for to in ("accepted", "picking", "ready", "collected")
    ]


def test_whoever_is_second_is_told_where_the_order_stands(picker):
    order = placed()
    life.advance(
        order_id=order.pk,
        to="accepted",
        actor=life.Actor(user=None, name="Mia"),
        now=timezone.now(),
    )

    response = picker.post(
        # All days: late in the evening the order is tomorrow's.
        f"{BOARD}{order.pk}/step/?on=board&days=all",
        {"to": "accepted"},
        HX_Request="true",
    )

    assert response.status_code == 409
    page = response.content.decode()
    assert f"Order {order.number} is “Accepted” now" in page
    assert "Start picking" in page


def test_without_javascript_a_step_leads_back(picker):
    order = placed()

    response = picker.post(f"{BOARD}{order.pk}/step/?on=board", {"to": "accepted"})

    assert (response.status_code, response.url) == (302, BOARD)


def test_cancelling_needs_a_reason_and_frees_the_seat(picker, pickup):
    from pickup.models import Slot

    order = placed()
    value = pickup.days(basket=None, now=timezone.now())[3]
    value = next(
        slot.value
        for day in pickup.days(basket=None, now=timezone.now())
        for slot in day.slots
    )
    pickup.reserve(value, order=order, basket=None, now=timezone.now())
    path = f"{BOARD}{order.pk}/cancel/"

    refused = picker.post(path, {"reason": "  "}, HX_Request="true")
    done = picker.post(path, {"reason": "Sold out"}, HX_Request="true")
    again = picker.post(path, {"reason": "Sold out"}, HX_Request="true")

    assert [refused.status_code, done.status_code, again.status_code] == [422, 200, 409]
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert Slot.objects.get().booked == 0
    assert "Sold out" in done.content.decode()


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("1/step/", {"to": "eaten"}, 400),
        ("1/step/", {}, 400),
        ("1/step/", {"to": "accepted\x00"}, 400),
        ("999999999/step/", {"to": "accepted"}, 404),
        (f"{'9' * 40}/step/", {"to": "accepted"}, 404),
        ("999999999/cancel/", {"reason": "x"}, 404),
    ],
)
def test_bad_input_is_refused(picker, path, data, status):
    assert picker.post(f"{BOARD}{path}", data).status_code == status


@pytest.mark.parametrize(
    "query",
    ["?days=never", "?state=eaten", "?days=later&state=collected", "?days=%FF"],
)
def test_a_strange_filter_shows_a_board(picker, query):
    placed()

    assert picker.get(f"{BOARD}{query}").status_code == 200


def test_a_step_by_get_is_refused(picker):
    assert picker.get(f"{BOARD}{placed().pk}/step/").status_code == 405


def test_another_shops_order_is_not_here(picker, birch):
    order = placed()
    with context.inside(birch):
        foreign = placed()
        foreign_number = foreign.number
    context.current_shop()

    response = picker.post(f"{BOARD}{order.pk}/step/", {"to": "accepted"})

    assert response.status_code == 302
    with context.inside(birch):
        foreign.refresh_from_db()
        assert foreign.status == "placed"
    assert foreign_number not in picker.get(BOARD).content.decode()


def test_new_orders_are_on_every_days_board_and_late_ones_are_marked(shop):
    now = timezone.now()
    new = placed(
        collect_from=now + timedelta(days=4), collect_until=now + timedelta(days=5)
    )
    late = placed(
        status="picking",
        collect_from=now - timedelta(minutes=40),
        collect_until=now - timedelta(minutes=10),
        estimated_ready_at=now - timedelta(minutes=40),
    )
    waiting = placed(
        status="ready",
        collect_from=now - timedelta(minutes=40),
        collect_until=now - timedelta(minutes=10),
    )
    placed(
        status="accepted",
        collect_from=now + timedelta(days=4),
        collect_until=now + timedelta(days=5),
    )

    columns = board.columns(days=board.Days.TODAY, state=None, zone=shop.zone, now=now)

    tickets = {t.order.number: t for column in columns for t in column.tickets}
    assert set(tickets) == {new.number, late.number, waiting.number}
    assert tickets[late.number].lateness == "Late"
    assert tickets[waiting.number].lateness == "Not collected yet"
    assert board.counts(zone=shop.zone, now=now)["late"] == 2


def test_past_orders_are_found_by_number_and_name(picker):
    done = placed(status="collected", customer_name="Ana Byrne")
    open_order = placed(customer_name="Ben 100% O'Connor")

    listed = picker.get(f"{BOARD}history/").content.decode()
    by_name = picker.get(f"{BOARD}history/?q=100%25").content.decode()
    nothing = picker.get(f"{BOARD}history/?q={'x' * 5000}&page=-3")

    assert done.number in listed
    assert open_order.number not in listed
    assert open_order.number in by_name
    assert done.number not in by_name
    assert nothing.status_code == 200


def test_a_page_of_past_orders_does_not_read_every_line_ever_sold(shop):
    placed(status="collected")

    assert "order_line" not in board.past(words="").explain(verbose=True)


def test_todays_numbers_are_on_the_first_screen(picker):
    placed()

    assert "new orders" in picker.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["", "{pk}/"])
def test_the_board_may_open_its_socket_on_another_port(picker, settings, path):
    settings.QUICKCART_REALTIME_PORT = 8001
    order = placed()

    response = picker.get(BOARD + path.format(pk=order.pk))

    assert "ws://alder.localhost:8001" in response["Content-Security-Policy"]
    assert 'data-live-origin="ws://alder.localhost:8001"' in response.content.decode()


def test_the_first_screen_shows_what_is_collected_next(picker):
    now = timezone.now()
    later, sooner = (
        placed(
            customer_name=name,
            collect_from=now + wait,
            collect_until=now + wait + timedelta(minutes=30),
        )
        for name, wait in (
            ("Lara Later", timedelta(days=2)),
            ("Sam Sooner", timedelta(hours=3)),
        )
    )

    page = picker.get("/admin/").content.decode()

    assert page.index("Sam Sooner") < page.index("Lara Later")
    for order in (sooner, later):
        assert f"/admin/orders/{order.pk}/" in page
