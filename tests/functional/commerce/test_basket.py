"""The basket as a visitor meets it, with and without script."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from factories import selling

from accounts.models import User
from storefront.oscar_apps.basket.models import Basket, Line
from tenants import context

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def lines_of(shop):
    with context.inside(shop):
        return dict(Line.objects.values_list("product_id", "quantity"))


def put(visitor, product, quantity=1, **headers):
    return visitor.post(
        "/basket/add/",
        {"product": product.pk, "quantity": quantity},
        headers=headers,
    )


def test_a_first_look_saves_nothing_and_sets_no_cookie(
    visitor, alder, django_assert_max_num_queries
):
    visitor.get("/basket/bar/")

    with django_assert_max_num_queries(3):
        response = visitor.get("/basket/bar/")

    assert response.status_code == 200
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    with context.inside(alder):
        assert not Basket.objects.exists()


def test_a_plain_form_adds_and_leads_back(visitor, apples, alder):
    put(visitor, apples)
    response = visitor.post(
        "/basket/add/", {"product": apples.pk, "quantity": "2", "next": "/shop/?page=2"}
    )

    assert response.status_code == 302
    assert response["Location"] == "/shop/?page=2"
    assert lines_of(alder) == {apples.pk: 3}


def test_what_is_told_once_is_in_no_session_and_said_on_the_next_page(
    visitor, apples, alder
):
    for _press in range(3):
        put(visitor, apples)

    assert set(visitor.cookies) == {"basket", "messages"}
    assert "is in your basket: 3" in visitor.get("/shop/").text
    assert "is in your basket" not in visitor.get("/shop/").text
    with context.inside(alder):
        assert not Session.objects.exists()


def test_what_one_shop_has_to_say_no_other_says(visitor, apples, birch):
    put(visitor, apples)
    notice = visitor.cookies["messages"].value

    stranger = Client(headers={"host": "birch.localhost"})
    stranger.cookies["messages"] = notice

    assert "is in your basket" not in stranger.get("/shop/").text


def test_messages_that_pile_up_stay_small(visitor, apples):
    for _press in range(40):
        put(visitor, apples)

    assert len(visitor.cookies["messages"].value) <= 2048


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil"],
)
def test_the_way_back_never_leaves_the_shop(visitor, apples, address):
    response = visitor.post("/basket/add/", {"product": apples.pk, "next": address})

    assert response["Location"] == "/basket/"


def test_a_stepper_sets_the_quantity_and_tells_the_bar(visitor, apples, alder):
    put(visitor, apples, 2, **HTMX)
    response = put(visitor, apples, 2, **HTMX)

    page = response.content.decode()
    assert lines_of(alder) == {apples.pk: 2}
    assert 'data-count="2"' in page
    assert 'id="basket-bar"' in page
    assert "€5.00" in page


def test_the_last_tap_of_a_page_that_is_left_sets_as_well(visitor, apples, alder):
    put(visitor, apples, 3, **HTMX)
    put(visitor, apples, 3, **{"Sec-Fetch-Mode": "cors"})

    assert lines_of(alder) == {apples.pk: 3}


def test_the_cookie_is_this_host_s_alone(visitor, apples):
    cookie = put(visitor, apples).cookies["basket"]

    assert cookie["domain"] == ""
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"


def test_no_more_is_put_in_than_there_is(visitor, apples, alder):
    response = put(visitor, apples, 12, **HTMX)

    assert lines_of(alder) == {apples.pk: 10}
    toast = json.loads(response["HX-Trigger"])["toast"]
    assert "no more than 10" in toast["text"]


def test_a_sold_out_product_is_refused_in_words(visitor, alder):
    with context.inside(alder):
        pears = selling.a_product(title="Pears", stock=0)

    response = put(visitor, pears, 1, **HTMX)

    assert response.status_code == 409
    assert json.loads(response["HX-Trigger"])["toast"]["text"] == "Pears is sold out."
    assert lines_of(alder) == {}


@pytest.mark.parametrize(
    "quantity", ["", "x", "-1", "NaN", "1e3", "1.5", "100", "9" * 40, "²", "１"]
)
def test_a_quantity_that_is_none_is_refused_in_words(visitor, apples, quantity, alder):
    response = put(visitor, apples, quantity)
    page = visitor.get(response["Location"])

    assert "whole number" in page.content.decode()
    assert lines_of(alder) == {}


@pytest.mark.parametrize(
    "product", ["", "x", "0", "-4", "9" * 40, "999999999", "1;drop", "1\x00"]
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize("door", ["add", "update", "remove", "restore"])
def test_a_product_that_is_none_breaks_nothing(visitor, product, headers, door, alder):
    response = visitor.post(
        f"/basket/{door}/", {"product": product, "quantity": 1}, headers=headers
    )

    assert response.status_code in {200, 302, 400, 409}
    assert lines_of(alder) == {}


def test_another_site_cannot_fill_the_basket(visitor, apples, alder):
    response = put(visitor, apples, Origin="https://evil.example")

    assert response.status_code == 403
    assert lines_of(alder) == {}


def test_another_shop_of_the_network_cannot_fill_the_basket(visitor, apples, alder):
    response = put(visitor, apples, **{"Sec-Fetch-Site": "same-site"})

    assert response.status_code == 403
    assert lines_of(alder) == {}


def test_the_page_shows_what_is_in_it(visitor, apples):
    put(visitor, apples, 2)

    page = visitor.get("/basket/").content.decode()

    assert "Apples" in page
    assert "€5.00" in page
    assert "Choose a time to collect" in page


def test_the_page_costs_the_same_whatever_is_in_it(
    visitor, alder, django_assert_max_num_queries
):
    with context.inside(alder):
        goods = [selling.a_product(title=f"Good {n}") for n in range(8)]
    for good in goods:
        put(visitor, good, **HTMX)
    visitor.get("/basket/")

    with django_assert_max_num_queries(12):
        page = visitor.get("/basket/").content.decode()

    assert page.count("data-stepper") == 8


def test_a_customer_s_page_costs_no_more(visitor, alder, django_assert_max_num_queries):
    with context.inside(alder):
        ana = User.objects.create_user(email="ana@example.com")
        visitor.force_login(ana)
        goods = [selling.a_product(title=f"Good {n}") for n in range(8)]
    for good in goods:
        put(visitor, good, **HTMX)

    with django_assert_max_num_queries(12):
        page = visitor.get("/basket/").content.decode()

    assert page.count("data-stepper") == 8


def test_an_address_to_return_to_cannot_write_headers(visitor, apples):
    response = visitor.post(
        "/basket/add/", {"product": apples.pk, "next": "/a\r\nSet-Cookie: x=\x00y"}
    )

    assert response.status_code == 302
    assert "\n" not in response["Location"]


def test_an_empty_basket_says_what_to_do(visitor):
    page = visitor.get("/basket/").content.decode()

    assert "Your basket is empty" in page
    assert "/shop/" in page


def test_a_changed_price_and_a_shortage_are_shown(visitor, apples, alder):
    put(visitor, apples, 3)
    with context.inside(alder):
        apples.stockrecords.update(price="2.75", num_in_stock=2)

    page = visitor.get("/basket/").content.decode()

    assert "Now €2.75 each; €2.50 when you added it." in page
    assert "Only 2 left. Please take fewer." in page


def test_a_stepper_on_the_page_changes_all_its_numbers(visitor, apples):
    put(visitor, apples, 2)

    response = visitor.post(
        "/basket/update/", {"product": apples.pk, "quantity": 4}, headers=HTMX
    )

    page = response.content.decode()
    assert page.count("€10.00") >= 3
    assert 'id="basket-totals" hx-swap-oob="true"' in page


def test_a_removed_line_can_be_put_back(visitor, apples, alder):
    put(visitor, apples, 4)

    response = visitor.post("/basket/remove/", {"product": apples.pk}, headers=HTMX)
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    assert lines_of(alder) == {}
    assert "Your basket is empty" in response.content.decode()
    visitor.post(undo["url"], undo["values"], headers=HTMX)

    assert lines_of(alder) == {apples.pk: 4}


def test_a_removed_line_can_be_put_back_without_script(visitor, apples, alder):
    put(visitor, apples, 4)

    response = visitor.post("/basket/remove/", {"product": apples.pk}, follow=True)

    assert "Put it back" in response.content.decode()
    assert 'name="quantity" value="4"' in response.content.decode()


@pytest.mark.parametrize("removed", ["x", "1x", "x1", "1x2x3", "<b>x2", "１x２"])
def test_a_made_up_address_of_the_page_breaks_nothing(visitor, removed):
    assert visitor.get("/basket/", {"removed": removed}).status_code == 200


def test_forms_of_the_page_ask_for_a_token(apples):
    strict = Client(enforce_csrf_checks=True, headers={"host": "alder.localhost"})

    for door in ("update", "remove", "restore"):
        response = strict.post(f"/basket/{door}/", {"product": apples.pk})
        assert response.status_code == 403


@pytest.mark.parametrize("door", ["add", "update", "remove", "restore"])
def test_doors_that_change_are_not_opened_by_a_link(visitor, door):
    assert visitor.get(f"/basket/{door}/").status_code == 405
