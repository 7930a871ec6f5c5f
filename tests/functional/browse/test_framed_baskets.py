"""The basket and the checkout stand in a frame that is drawn once for everybody."""

import re

import pytest
from factories import goods
from support.keeping import a_visitor, commit

from storefront.profile.models import ShopProfile
from tenants import context

pytestmark = pytest.mark.usefixtures("keeping")


def a_buyer(product, *, quantity, host="alder.localhost"):
    visitor = a_visitor(host)
    visitor.post("/basket/add/", {"product": product.pk, "quantity": quantity})
    return visitor


def personal(page):
    """Return what of a page is its visitor's alone."""
    header = re.search(r'id="basket-count" data-count="(\d+)"', page).group(1)
    tokens = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return header, set(tokens), re.findall(r'name="agreement" value="([^"]+)"', page)


@pytest.mark.parametrize(
    ("address", "title"), [("/basket/", "Basket"), ("/checkout/", "Checkout")]
)
def test_nothing_of_a_visitor_stands_in_another_s_page(apples, address, title):
    commit()
    ana, ben = (a_buyer(apples, quantity=quantity) for quantity in (2, 5))

    pages = [visitor.get(address).text for visitor in (ana, ben, ana)]
    (count, tokens, agreed), (other_count, other_tokens, other_agreed), again = map(
        personal, pages
    )

    assert (count, other_count, again[0]) == ("2", "5", "2")
    assert tokens
    assert not tokens & other_tokens
    assert not set(agreed) & set(other_agreed)
    for page in pages:
        assert f"<title>{title} · " in page
        assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize("address", ["/basket/", "/checkout/"])
def test_the_frame_changes_with_the_shop(apples, address):
    commit()
    ana = a_buyer(apples, quantity=2)
    before = ana.get(address).text
    profile = ShopProfile.load()
    profile.tagline = "Since this morning"
    profile.save()
    commit()

    after = ana.get(address).text

    assert "Since this morning" not in before
    assert "Since this morning" in after


def test_each_shop_has_its_own_frame(apples, alder, birch):
    with context.inside(birch):
        (pears,) = goods.some_goods(goods.a_row("Pears"))
    commit()

    here = a_buyer(apples, quantity=1).get("/checkout/").text
    there = a_buyer(pears, quantity=1, host="birch.localhost").get("/checkout/").text

    assert f"· {alder.name}</title>" in here
    assert birch.name not in here
    assert f"· {birch.name}</title>" in there
    assert alder.name not in there
