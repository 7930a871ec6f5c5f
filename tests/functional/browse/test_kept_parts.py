"""Parts of pages that are drawn once for an edition."""

from datetime import timedelta

import pytest
from factories import goods
from support import queries
from support.keeping import NOW, a_visitor, as_in_production, commit

from tenants.editions.parts import LatestParts


@pytest.fixture(autouse=True)
def keeping(settings, monkeypatch):
    with as_in_production(settings, monkeypatch):
        yield


@pytest.fixture
def apples(shop):
    (apples,) = goods.some_goods(goods.a_row("Apples"))
    return apples


def test_the_frame_is_made_once_for_all_pages_of_an_edition(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    commit()
    a_visitor().get("/shop/")

    with queries.at_most(2):
        page = a_visitor().get("/shop/")

    assert "Apples" in page.text


def test_the_current_aisle_is_that_of_the_page(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    category = apples.categories.get()
    address = f"/shop/category/{category.slug}_{category.pk}/"

    for _round in range(2):
        here = f'href="{address}" aria-current="page"'
        assert here in a_visitor().get(address).text
        assert here not in a_visitor().get("/shop/").text


def test_a_basket_s_number_is_not_kept_in_the_header(apples):
    visitor = a_visitor()
    visitor.post("/basket/add/", {"product": apples.pk, "quantity": 3})

    assert 'id="basket-count" data-count="3"' in visitor.get("/basket/").text
    assert 'id="basket-count" data-count="0"' in a_visitor().get("/shop/").text


def test_parts_are_forgotten_in_their_turn():
    parts = LatestParts(most=2)

    def get(key, edition="one", now=NOW):
        made = []
        end = NOW + timedelta(hours=1)
        parts.get(
            key,
            edition=edition,
            now=now,
            make=lambda: made.append(key) or key,
            until=lambda _part: end,
        )
        return bool(made)

    assert get("a")
    assert not get("a")
    assert get("a", edition="two")
    assert get("a", edition="two", now=NOW + timedelta(hours=2))
    assert get("b")
    assert get("c")
    assert get("a", edition="two")
    assert get("a", edition="")
