"""The basket's lines: drawn once for what they show, with each visitor's own token."""

import re

import pytest
from django.test import Client
from factories import selling

from storefront.cart import drawing
from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

pytestmark = pytest.mark.django_db


def a_visitor(shop, product, *, quantity=2):
    visitor = Client(
        enforce_csrf_checks=True, headers={"host": f"{shop.subdomain}.localhost"}
    )
    visitor.post(
        "/basket/add/",
        {"product": product.pk, "quantity": quantity},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    return visitor


def basket_of(visitor):
    return visitor.get("/basket/").content.decode()


def tokens_on(page):
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)


def test_a_line_is_drawn_once_and_each_visitor_s_token_works(alder, apples):
    ana, ben = (a_visitor(alder, apples) for _visitor in range(2))
    here = basket_of(ana)
    drawn = drawing._draw.cache_info().misses

    there = basket_of(ben)

    assert drawing._draw.cache_info().misses == drawn
    assert len(tokens_on(here)) == len(tokens_on(there)) == 2
    assert not set(tokens_on(here)) & set(tokens_on(there))
    assert drawing.MARK not in here + there
    for visitor, page in ((ana, here), (ben, there)):
        form = {"product": apples.pk, "csrfmiddlewaretoken": tokens_on(page)[0]}
        assert visitor.post("/basket/remove/", form).status_code == 302
        assert "Your basket is empty" in basket_of(visitor)


def test_whatever_changes_of_a_line_shows_at_once(alder, apples):
    visitor = a_visitor(alder, apples)
    before = basket_of(visitor)
    with context.inside(alder):
        StockRecord.objects.update(price="2.75", num_in_stock=1)
        Product.objects.update(title="Red <apples>")

    after = basket_of(visitor)

    assert "€5.00" in before
    assert "€5.50" in after
    assert "Now €2.75 each; €2.50 when you added it." in after
    assert "Only 1 left" in after
    assert "Red &lt;apples&gt;" in after
    assert 'data-max="1"' in after


def test_a_line_of_one_shop_is_not_another_s(alder, birch):
    """The same keys, amounts and numbers, with another name, currency and language."""
    birch.currency, birch.language = "SEK", "sv"
    birch.save()
    pages = []
    for shop, title in ((alder, "Apples"), (birch, "Pears")):
        with context.inside(shop):
            product = selling.a_product(title=title, price="2.50", stock=10)
        pages.append(basket_of(a_visitor(shop, product)))

    here, there = pages
    assert "Apples" in here
    assert "€2.50" in here
    assert "Pears" in there
    assert "Apples" not in there
    assert "€" not in there
    assert re.search(r"2,50\s*kr", there)
