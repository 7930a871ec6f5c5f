from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from storefront.commerce import life
from storefront.oscar_apps.order.models import OrderStatus
from tenants import context

from .conftest import REFERENCE, make_order

PAGE = f"/orders/{REFERENCE}/"
ACTOR = life.Actor(user=None, name="Pat")


def walk(order, *, to):
    while order.status != to:
        order = life.advance(
            order_id=order.pk,
            to=life.next_of(order.status),
            actor=ACTOR,
            now=timezone.now(),
        )
    return order


def test_a_guest_with_the_link_sees_the_order(get, shop):
    make_order()

    response = get(PAGE)

    page = response.content.decode()
    assert response.status_code == 200
    assert "We have your order" in page
    assert "Oat &lt;flakes&gt; &amp; co" in page
    assert "€12.50" in page
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert REFERENCE not in page.partition("<body")[0]


def test_an_order_page_costs_few_queries(get, shop, django_assert_max_num_queries):
    make_order()
    get(PAGE)

    with django_assert_max_num_queries(10):
        get(PAGE)


def test_the_state_alone_costs_three_queries_beside_the_hosts(
    get, shop, django_assert_max_num_queries
):
    make_order()

    with django_assert_max_num_queries(6):
        response = get(f"{PAGE}state/")

    assert b"<html" not in response.content


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("accepted", "Your order is in hand"),
        ("picking", "We are packing your order"),
        ("ready", "Ready to collect"),
    ],
)
def test_each_step_has_its_words(get, shop, status, words):
    walk(make_order(), to=status)

    response = get(f"{PAGE}state/", HTTP_X_LIVE="1")

    assert words in response.content.decode()
    assert response.status_code == 200


def test_a_cancelled_order_ends_the_asking(get, shop):
    order = make_order()
    life.cancel(
        order_id=order.pk, actor=ACTOR, now=timezone.now(), reason="Flour ran out"
    )

    response = get(f"{PAGE}state/", HTTP_X_LIVE="1")

    assert response.status_code == 286
    assert "data-live-over" in response.content.decode()
    assert "Flour ran out" in response.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/orders/zzzzzzzzzzzzzzzz/",
        "/orders/short/",
        "/orders/1/",
        f"/orders/{REFERENCE}0/",
        "/orders/%F0%9F%A5%95/",
        "/orders/..;etc/",
        "/orders/'%20OR%201=1--/",
        f"/orders/{'9' * 3000}/",
        f"/orders/{REFERENCE}/state/",
        f"/orders/{REFERENCE}/calendar.ics",
        f"/orders/{REFERENCE}/cancel/",
    ],
)
def test_an_address_of_no_order_helps(get, shop, path):
    response = get(path)

    assert response.status_code == 404
    assert "We cannot find this order" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/orders/a%00b/", "/orders/%FF%FE/"])
def test_bytes_that_are_no_text_are_refused(get, shop, path):
    assert get(path).status_code in {400, 404}


def test_a_reference_read_aloud_finds_its_page(get, shop):
    make_order()

    response = get("/orders/OI23-4567-89AB-CDEF/")

    assert response.status_code == 302
    assert response.url == PAGE


def test_another_shops_reference_is_unknown_here(client, alder, birch):
    with context.inside(birch):
        make_order()

    here = client.get(PAGE, headers={"host": "alder.localhost"})
    there = client.get(PAGE, headers={"host": "birch.localhost"})

    assert (here.status_code, there.status_code) == (404, 200)


def test_links_of_old_orders_expire(get, shop):
    long_ago = timezone.now() - timedelta(days=91)
    make_order(status="collected", now=long_ago)
    make_order(reference="a" * 16, status="ready", now=long_ago)

    assert get(PAGE).status_code == 404
    assert get(f"/orders/{'a' * 16}/").status_code == 200


def test_the_calendar_entry_is_in_utc_and_escaped(get, shop):
    from pickup.models import PickupSettings

    PickupSettings.objects.update(place="Back door; ring, then\nwait " + "x" * 60)
    starts_at = datetime(2027, 3, 28, 8, tzinfo=UTC)
    make_order(collect_from=starts_at, collect_until=starts_at + timedelta(minutes=30))

    response = get(f"{PAGE}calendar.ics")

    text = response.content.decode()
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20270328T080000Z\r\n" in text
    assert "Back door\\; ring\\, then\\nwait" in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_times_are_the_shops(get, shop):
    starts_at = datetime(2027, 6, 1, 9, tzinfo=UTC)  # 10:00 in Dublin's summer
    make_order(collect_from=starts_at, collect_until=starts_at + timedelta(minutes=30))

    assert "Tuesday 1 June, 10:00–10:30" in get(PAGE).content.decode()


class TestCancelling:
    def post(self, client, **options):
        return client.post(
            f"{PAGE}cancel/", headers={"host": "alder.localhost"}, **options
        )

    def test_a_customer_may_before_the_cut_off(self, client, shop):
        order = make_order()

        response = self.post(client)

        order.refresh_from_db()
        assert response.status_code == 302
        assert order.status == OrderStatus.CANCELLED
        step = order.status_changes.latest("pk")
        assert (step.actor, step.actor_name) == (None, "Ana Byrne")

    def test_not_once_it_is_being_packed(self, client, shop):
        order = walk(make_order(), to="picking")

        response = self.post(client)

        order.refresh_from_db()
        assert response.status_code == 409
        assert order.status == OrderStatus.PICKING
        assert "can no longer be cancelled here" in response.content.decode()

    def test_not_past_the_cut_off(self, client, shop):
        soon = timezone.now() + timedelta(minutes=29)
        order = make_order(
            collect_from=soon, collect_until=soon + timedelta(minutes=30)
        )

        assert self.post(client).status_code == 409
        order.refresh_from_db()
        assert order.status == OrderStatus.PLACED

    def test_the_form_is_guarded(self, shop):
        from django.test import Client

        make_order()

        response = self.post(Client(enforce_csrf_checks=True))

        assert response.status_code == 403


class TestHistory:
    def test_it_needs_a_sign_in(self, get, shop):
        response = get("/orders/")

        assert response.status_code == 302
        assert "login" in response.url

    def test_it_lists_only_ones_own(self, client, get, shop):
        from accounts.models import User

        ana = User.objects.create_user("ana@example.com", "a-long-password")
        ben = User.objects.create_user("ben@example.com", "a-long-password")
        mine = make_order(user=ana)
        other = make_order(user=ben, reference="b" * 16)
        client.force_login(
            ana, backend="allauth.account.auth_backends.AuthenticationBackend"
        )

        page = get("/orders/?page=nonsense").content.decode()

        assert mine.number in page
        assert other.number not in page


@pytest.mark.parametrize(
    ("port", "allowed"), [(0, ""), (8001, "ws://alder.localhost:8001")]
)
def test_a_page_may_open_its_socket_where_sockets_are_answered(
    get, shop, settings, port, allowed
):
    settings.QUICKCART_REALTIME_PORT = port
    make_order()

    response = get(PAGE)

    policy = response["Content-Security-Policy"]
    sources = policy.partition("connect-src ")[2].partition(";")[0]
    assert sources == f"'self' {allowed}".strip()
    assert (f'data-live-origin="{allowed}"' in response.content.decode()) == bool(port)
