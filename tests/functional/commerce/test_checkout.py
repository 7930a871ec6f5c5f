"""The checkout as a visitor meets it."""

import dataclasses
import re
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from factories import selling
from support.ordering import all_orders, filled

from accounts.models import User
from storefront.checkout import views
from storefront.commerce import invariants, orders
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]

HTMX = {"HX-Request": "true"}


def test_a_guest_buys_in_five_requests_and_seventy_queries(
    visitor, apples, alder, django_assert_max_num_queries
):
    visitor.get("/basket/bar/")

    with django_assert_max_num_queries(70):
        visitor.get(apples.get_absolute_url())
        visitor.post("/basket/add/", {"product": apples.pk, "quantity": 2})
        page = visitor.get("/checkout/")
        placed = visitor.post("/checkout/place/", filled(page))
        last = visitor.get(placed["Location"])

    [order] = all_orders(alder)
    assert placed["Location"] == f"/orders/{order.public_reference}/"
    assert order.number in last.content.decode()
    with context.inside(alder):
        assert invariants.breaches() == []


def test_the_page_asks_shows_and_sums_up(buyer):
    page = buyer.get("/checkout/").content.decode()

    assert "Who you are" in page
    assert "When you collect" in page
    assert "Pay when you collect" in page
    assert "Place order · €5.00" in page
    assert "Sign in" in page


def test_after_the_order_the_basket_is_empty(buyer, alder):
    placed = buyer.post("/checkout/place/", filled(buyer.get("/checkout/")))

    assert placed.cookies["basket"]["max-age"] == 0
    assert "Your basket is empty" in buyer.get("/basket/").content.decode()
    assert "basket" not in {
        name for name, cookie in buyer.cookies.items() if cookie.value
    }


def test_the_order_says_what_was_filled_in(buyer, alder):
    page = buyer.get("/checkout/")
    form = filled(page, phone="+353 1 555 0101", note="Ring twice")

    buyer.post("/checkout/place/", form)

    [order] = all_orders(alder)
    assert (order.customer_name, order.guest_email) == ("Ana Byrne", "ana@example.com")
    assert (order.phone, order.note) == ("+353 1 555 0101", "Ring twice")
    assert order.user is None
    assert order.collect_from.isoformat()[:16] in form["slot"]


def test_a_customer_is_known(buyer, alder):
    with context.inside(alder):
        ana = User.objects.create_user(
            email="ana@example.com", first_name="Ana", last_name="Byrne", phone="12345"
        )
        buyer.force_login(ana)

    page = buyer.get("/checkout/")
    text = page.content.decode()
    buyer.post("/checkout/place/", filled(page))

    assert 'value="Ana Byrne"' in text
    assert 'value="ana@example.com"' in text
    assert 'value="12345"' in text
    assert "Sign in" not in re.sub(r"<header.*?</header>", "", text, flags=re.DOTALL)
    assert all_orders(alder)[0].user_id == ana.pk


def test_an_empty_basket_leads_to_the_shelves(visitor):
    for response in (
        visitor.get("/checkout/"),
        visitor.post("/checkout/slot/", {"slot": "x"}),
        visitor.post("/checkout/place/", {}),
    ):
        assert "There is nothing to order yet" in response.content.decode()


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(buyer, alder):
    form = filled(buyer.get("/checkout/"), name="", email="nonsense", slot="")
    form["note"] = "Ring twice"

    response = buyer.post("/checkout/place/", form)

    page = response.content.decode()
    assert response.status_code == 422
    assert "data-focus" in page
    assert 'href="#id_name"' in page
    assert 'href="#times"' in page
    assert "Who comes to collect?" in page
    assert "Please give an address like name@example.com." in page
    assert "Please choose a time to collect." in page
    assert "Ring twice" in page
    assert 'value="nonsense"' in page
    assert all_orders(alder) == []


BAD = {
    "name": ["", "x" * 121, "a\x00b"],
    "email": ["", "x", "a@b", "x" * 260 + "@example.com", "a\x00@example.com"],
    "phone": ["call me", "1" * 40, "\x00", "<script>"],
    "slot": [
        "",
        "x",
        "2026",
        "9" * 400,
        "2026-03-02T10:00:00Z\x00",
        "0001-01-01T00:00Z",
    ],
    "note": ["x" * 501, "\x00"],
    "payment_method": ["", "gold", "\x00", "x" * 400],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in BAD for value in BAD[field]]
)
def test_bad_input_is_answered_with_the_page(buyer, alder, field, value):
    form = filled(buyer.get("/checkout/"), **{field: value})

    response = buyer.post("/checkout/place/", form)

    assert response.status_code in {409, 422}
    assert "Please look at this again" in response.content.decode()
    assert all_orders(alder) == []


@pytest.mark.parametrize("agreement", ["", "x", "\x00", "a:b:c", "é" * 50, "9" * 9000])
def test_a_page_that_is_not_ours_is_shown_anew(buyer, alder, agreement):
    form = filled(buyer.get("/checkout/"), agreement=agreement)

    response = buyer.post("/checkout/place/", form)

    assert response.status_code == 409
    assert "grown old" in response.content.decode()
    assert 'value="Ana Byrne"' in response.content.decode()
    assert all_orders(alder) == []


def test_the_same_page_sent_again_is_the_same_order(buyer, alder):
    form = filled(buyer.get("/checkout/"))

    answers = {buyer.post("/checkout/place/", form)["Location"] for _ in range(4)}

    assert len(answers) == len(all_orders(alder)) == 1


def test_a_page_sent_again_with_other_details_leads_to_the_order(buyer, alder):
    form = filled(buyer.get("/checkout/"))
    first = buyer.post("/checkout/place/", form)

    again = buyer.post("/checkout/place/", form | {"name": "Somebody Else"})

    assert again["Location"] == first["Location"]
    [order] = all_orders(alder)
    assert order.customer_name == "Ana Byrne"


def test_two_tabs_are_one_order(buyer, alder):
    one, other = buyer.get("/checkout/"), buyer.get("/checkout/")

    first = buyer.post("/checkout/place/", filled(one))
    second = buyer.post("/checkout/place/", filled(other))

    assert second["Location"] == first["Location"]
    assert len(all_orders(alder)) == 1


def test_a_price_that_changed_is_asked_about(buyer, alder, apples):
    form = filled(buyer.get("/checkout/"))
    with context.inside(alder):
        StockRecord.objects.update(price="2.75")

    response = buyer.post("/checkout/place/", form)

    page = response.content.decode()
    assert response.status_code == 409
    assert all_orders(alder) == []
    assert "Apples: €2.75 each now, €2.50 before." in page
    assert "Agree and place order · €5.50" in page
    assert 'value="Ana Byrne"' in page
    buyer.post("/checkout/place/", filled(response))
    assert str(all_orders(alder)[0].total_incl_tax) == "5.50"


def test_stock_that_went_is_asked_about(buyer, alder, apples):
    form = filled(buyer.get("/checkout/"))
    with context.inside(alder):
        StockRecord.objects.update(num_in_stock=1)

    response = buyer.post("/checkout/place/", form)

    page = response.content.decode()
    assert all_orders(alder) == []
    assert "Apples: only 1 left; you wanted 2." in page
    assert "Agree and place order · €2.50" in page
    buyer.post("/checkout/place/", filled(response))
    [order] = all_orders(alder)
    with context.inside(alder):
        assert order.lines.get().quantity == 1
        assert invariants.breaches() == []


def test_less_than_wanted_agreed_to_twice_is_one_order(buyer, alder):
    form = filled(buyer.get("/checkout/"))
    with context.inside(alder):
        StockRecord.objects.update(num_in_stock=1)
    agreed = filled(buyer.post("/checkout/place/", form))

    answers = {buyer.post("/checkout/place/", agreed)["Location"] for _ in range(3)}

    assert len(answers) == len(all_orders(alder)) == 1


def test_when_all_is_sold_out_there_is_nothing_to_agree_to(buyer, alder):
    form = filled(buyer.get("/checkout/"))
    with context.inside(alder):
        StockRecord.objects.update(num_in_stock=0)

    page = buyer.post("/checkout/place/", form).content.decode()

    assert "Apples: sold out." in page
    assert "Back to the basket" in page
    assert "lace order" not in page


def test_goods_added_in_another_tab_are_asked_about(buyer, alder):
    form = filled(buyer.get("/checkout/"))
    with context.inside(alder):
        pears = selling.a_product(title="Pears", price="1.00")
    buyer.post("/basket/add/", {"product": pears.pk})

    response = buyer.post("/checkout/place/", form)

    assert "Pears: 1 now, 0 before." in response.content.decode()
    assert "Agree and place order · €6.00" in response.content.decode()
    assert all_orders(alder) == []


@pytest.mark.parametrize("slot", BAD["slot"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_time_that_is_none_breaks_nothing(buyer, slot, headers):
    response = buyer.post("/checkout/slot/", {"slot": slot}, headers=headers)

    assert response.status_code in {200, 400, 409}


def test_the_forms_ask_for_a_token(alder):
    strict = Client(enforce_csrf_checks=True, headers={"host": "alder.localhost"})

    assert strict.post("/checkout/place/", {}).status_code == 403
    assert strict.post("/checkout/slot/", {}).status_code == 403


def test_the_page_of_one_shop_orders_nothing_in_another(buyer, alder, birch):
    form = filled(buyer.get("/checkout/"))
    there = Client(headers={"host": "birch.localhost"})
    with context.inside(birch):
        pears = selling.a_product(title="Pears")
    there.post("/basket/add/", {"product": pears.pk})

    response = there.post("/checkout/place/", form)

    assert response.status_code == 409
    assert "grown old" in response.content.decode()
    assert all_orders(birch) == []


def test_a_key_of_one_shop_is_free_in_another(alder, birch):
    key = uuid.uuid4()
    placed = []
    for shop in (alder, birch):
        with context.inside(shop):
            basket = selling.a_basket((selling.a_product(), 1))
            placed.append(orders.place(**selling.a_wish(basket, key=key)))

    assert placed[0].public_reference != placed[1].public_reference


def test_an_order_of_one_shop_is_unknown_in_another(buyer, alder, birch):
    placed = buyer.post("/checkout/place/", filled(buyer.get("/checkout/")))
    there = Client(headers={"host": "birch.localhost"})
    there.cookies = buyer.cookies

    assert there.get(placed["Location"]).status_code == 404


def test_an_order_sent_again_and_again_leaves_no_session(buyer, alder):
    form = filled(buyer.get("/checkout/"))

    for note in ("", "one", "two"):
        answer = buyer.post("/checkout/place/", form | {"note": note})

    assert answer["Location"].startswith("/orders/")
    assert "You have placed this order already" in buyer.get(answer["Location"]).text
    with context.inside(alder):
        assert not Session.objects.exists()


def test_nobody_is_named_as_the_customer_without_end(
    buyer, apples, alder, settings, monkeypatch
):
    settings.QUICKCART_LIMITS = True
    cache.clear()
    few = dataclasses.replace(views.ORDERS_FOR_ONE, most=2)
    monkeypatch.setattr(views, "ORDERS_FOR_ONE", few)

    answers = []
    for _order in range(3):
        buyer.post("/basket/add/", {"product": apples.pk, "quantity": 1})
        form = filled(buyer.get("/checkout/"), email="Ana@example.com")
        answers.append(buyer.post("/checkout/place/", form).status_code)
    with context.inside(alder):
        buyer.force_login(User.objects.create_user("ana@example.com"))
    own = buyer.post("/checkout/place/", filled(buyer.get("/checkout/")))
    cache.clear()

    assert answers == [302, 302, 409]
    assert own.status_code == 302
