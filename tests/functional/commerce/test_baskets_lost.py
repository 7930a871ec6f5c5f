"""A backup from before a basket began: its key is given to somebody else's."""

import pytest
from django.db import connection
from django.test import Client
from factories import selling
from support.ordering import all_orders, filled

from accounts.models import User
from storefront.oscar_apps.basket.models import Basket, Line
from tenants import context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]


@pytest.fixture
def stranger(alder):
    return Client(headers={"host": "alder.localhost"})


@pytest.fixture
def page(buyer):
    """The checkout's page, open in the window of who is about to lose the basket."""
    return buyer.get("/checkout/")


@pytest.fixture
def theirs(page, alder, stranger):
    """The basket of a stranger, which has the key of the buyer's."""
    with context.inside(alder):
        lost = Basket.objects.get()
        key = lost.pk
        lost.delete()
        with connection.cursor() as cursor:
            sequence = "pg_get_serial_sequence('basket_basket', 'id')"
            cursor.execute(f"SELECT setval({sequence}, %s, false)", [key])
        pears = selling.a_product(title="Pears")
    stranger.post("/basket/add/", {"product": pears.pk, "quantity": 3})
    with context.inside(alder):
        given_again = Basket.objects.get()
        assert given_again.pk == key
        return given_again


def test_who_lost_a_basket_is_shown_no_stranger_s(buyer, theirs):
    answer = buyer.get("/basket/")

    assert "Your basket is empty" in answer.text
    assert answer.cookies["basket"]["max-age"] == 0


def test_who_lost_a_basket_puts_nothing_into_a_stranger_s(
    buyer, theirs, apples, alder, stranger
):
    buyer.post("/basket/add/", {"product": apples.pk, "quantity": 1})

    assert "Apples" not in stranger.get("/basket/").text
    assert "Apples" in buyer.get("/basket/").text


def test_who_lost_a_basket_takes_no_stranger_s_along_to_an_account(
    buyer, theirs, alder
):
    with context.inside(alder):
        buyer.force_login(User.objects.create_user("ana@example.com", "secret"))

    buyer.get("/basket/")

    with context.inside(alder):
        assert Basket.objects.get(pk=theirs.pk).owner is None
        assert Line.objects.get().basket == theirs


def test_a_checkout_that_lost_its_basket_leads_to_no_stranger_s_order(
    buyer, page, theirs, alder, stranger
):
    stranger.post("/checkout/place/", filled(stranger.get("/checkout/")))
    [order] = all_orders(alder)

    answer = buyer.post("/checkout/place/", filled(page), follow=True)

    assert answer.redirect_chain == [("/basket/", 302)]
    assert order.public_reference not in answer.text
