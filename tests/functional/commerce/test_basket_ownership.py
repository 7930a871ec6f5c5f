"""Whose basket it is: cookies, sign-in, other shops."""

import pytest
from django.core.signing import Signer
from django.test import Client
from factories import selling

from accounts.models import User
from storefront.commerce import baskets
from storefront.middleware import SALT, cookie_of
from storefront.oscar_apps.basket.models import Basket, Line
from tenants import context

pytestmark = pytest.mark.django_db

COOKIE = "basket"


def a_visitor(shop, cookie=None):
    client = Client(headers={"host": f"{shop.subdomain}.localhost"})
    if cookie is not None:
        client.cookies[COOKIE] = cookie
    return client


def signed(shop, text):
    with context.inside(shop):
        return Signer(salt=SALT).sign(text)


def the_cookie_of(basket, shop):
    with context.inside(shop):
        return cookie_of(basket)


@pytest.fixture
def apples(alder):
    with context.inside(alder):
        return selling.a_product(stock=10)


def put(client, product, quantity=1):
    return client.post("/basket/add/", {"product": product.pk, "quantity": quantity})


def is_taken_away(response):
    return COOKIE in response.cookies and response.cookies[COOKIE]["max-age"] == 0


@pytest.mark.parametrize(
    "cookie", ["", "x", "1", "1:x", ":", "\x00", "é", "1:" + "a" * 5000, "NaN:abc"]
)
def test_a_tampered_cookie_is_a_fresh_basket(alder, apples, cookie):
    response = a_visitor(alder, cookie).get("/basket/")

    assert response.status_code == 200
    assert is_taken_away(response)


LONG_AGO = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        *("9" * 30, "-1", "x", "", "1e3", "999999", "1.", "1.x", "1.2026-99-99"),
        *(f"999999.{LONG_AGO}", f"x.{LONG_AGO}", f".{LONG_AGO}"),
    ],
)
def test_a_signed_cookie_of_no_basket_is_a_fresh_basket(alder, text):
    response = a_visitor(alder, signed(alder, text)).get("/basket/")

    assert response.status_code == 200
    assert is_taken_away(response)


def test_a_bad_cookie_is_replaced_by_the_first_purchase(alder, apples):
    visitor = a_visitor(alder, "rubbish")

    response = put(visitor, apples)

    assert response.cookies[COOKIE].value != "rubbish"
    assert "Apples" in visitor.get("/basket/").content.decode()


@pytest.mark.parametrize("other", ["birch", "cedar"])
def test_another_shop_s_cookie_means_nothing(alder, apples, other, request):
    there = request.getfixturevalue(other)
    with context.inside(there):
        theirs = selling.a_basket((selling.a_product(title="Secret"), 1))
    with context.inside(alder):
        ours = selling.a_basket((apples, 1))
    cookie = the_cookie_of(theirs, there)

    response = a_visitor(alder, cookie).get("/basket/")

    assert is_taken_away(response)
    page = response.content.decode()
    assert "Your basket is empty" in page
    assert "Secret" not in page
    assert ours.pk  # a basket of the same key may well exist here


def test_a_key_alone_opens_no_basket(alder, apples):
    with context.inside(alder):
        basket = selling.a_basket((apples, 2))
    whole = a_visitor(alder, the_cookie_of(basket, alder)).get("/basket/bar/")
    assert 'data-count="2"' in whole.text

    response = a_visitor(alder, signed(alder, str(basket.pk))).get("/basket/bar/")

    assert is_taken_away(response)
    assert 'data-count="0"' in response.text


def test_a_customer_s_basket_is_not_opened_by_a_cookie(alder, apples):
    with context.inside(alder):
        ana = User.objects.create_user(email="ana@example.com", password="secret")
        basket = selling.a_basket((apples, 2), owner=ana)

    response = a_visitor(alder, the_cookie_of(basket, alder)).get("/basket/")

    assert is_taken_away(response)
    assert "Your basket is empty" in response.content.decode()


@pytest.mark.parametrize("status", [Basket.SUBMITTED, Basket.MERGED, Basket.FROZEN])
def test_an_ended_basket_is_not_opened_by_its_cookie(alder, apples, status):
    with context.inside(alder):
        basket = selling.a_basket((apples, 2))
        Basket.objects.filter(pk=basket.pk).update(status=status)

    response = a_visitor(alder, the_cookie_of(basket, alder)).get("/basket/bar/")

    assert is_taken_away(response)
    assert 'data-count="0"' in response.content.decode()


@pytest.fixture
def ana(alder):
    with context.inside(alder):
        return User.objects.create_user(email="ana@example.com", password="secret")


def sign_in(client, shop, user):
    with context.inside(shop):
        client.force_login(user)


def test_a_guest_s_basket_comes_along_to_the_account(alder, apples, ana):
    visitor = a_visitor(alder)
    put(visitor, apples, 2)
    with context.inside(alder):
        guest = Basket.objects.get()
    sign_in(visitor, alder, ana)

    response = visitor.get("/basket/")

    assert is_taken_away(response)
    with context.inside(alder):
        kept = Basket.open.get(owner=ana)
        assert kept.pk == guest.pk  # and with it the seat it may hold
        assert kept.lines.get().quantity == 2


def test_two_baskets_add_up_as_far_as_there_is(alder, apples, ana):
    with context.inside(alder):
        bread = selling.a_product(title="Bread")
        selling.a_basket((apples, 7), owner=ana)
    visitor = a_visitor(alder)
    put(visitor, apples, 5)
    put(visitor, bread, 1)
    sign_in(visitor, alder, ana)

    page = visitor.get("/basket/").content.decode()

    assert "We put the 4 things from before you signed in" in page
    assert "Of some there are not that many left." in page
    with context.inside(alder):
        own = Basket.open.get(owner=ana)
        quantities = dict(own.lines.values_list("product_id", "quantity"))
        assert quantities == {apples.pk: 10, bread.pk: 1}
        assert Basket.objects.filter(status=Basket.MERGED).count() == 1
    visitor.get("/basket/")
    with context.inside(alder):
        assert Line.objects.filter(basket=own, product=apples).get().quantity == 10


def test_a_customer_has_one_open_basket(alder, apples, ana):
    phone, desk = a_visitor(alder), a_visitor(alder)
    sign_in(phone, alder, ana)
    sign_in(desk, alder, ana)

    put(phone, apples, 1)
    put(desk, apples, 1)

    with context.inside(alder):
        assert Basket.open.filter(owner=ana).count() == 1
        assert Line.objects.get().quantity == 2


def test_another_shop_s_session_is_nobody_here(alder, birch, ana, apples):
    with context.inside(birch):
        User.objects.create_user(email="ana@example.com", password="secret")
    here = a_visitor(alder)
    sign_in(here, alder, ana)
    put(here, apples, 1)
    there = a_visitor(birch)
    there.cookies = here.cookies

    page = there.get("/basket/").content.decode()

    assert "Your basket is empty" in page


def test_what_was_chosen_before_a_sign_in_is_not_lost_in_an_ordered_basket(
    shop, monkeypatch
):
    """The customer's own basket is ordered in another window at that moment."""
    user = User.objects.create_user("ana@example.com")
    own = selling.a_basket((selling.a_product(), 1), owner=user)
    guest = selling.a_basket((selling.a_product(title="Pears"), 2))
    Basket.objects.filter(pk=own.pk).update(status=Basket.SUBMITTED)
    monkeypatch.setattr(
        Basket.open, "get_or_create", lambda owner: (own, False), raising=False
    )

    merged = baskets.merge(guest=guest, user=user, now=selling.NOW)

    assert merged.basket.status == Basket.OPEN
    assert merged.basket.owner == user
    assert [line.quantity for line in merged.basket.lines.all()] == [2]
    assert Line.objects.filter(basket=own).count() == 1
