"""Parts of pages that are drawn once for an edition."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.template import Template, TemplateSyntaxError
from django.test.utils import CaptureQueriesContext
from factories import goods, pages
from support import queries
from support.keeping import NOW, a_visitor, commit

from hub import directory
from kernel import clock
from storefront.browse import drawings
from storefront.oscar_apps.catalogue.models import Product
from tenants import context
from tenants.editions import marks
from tenants.editions.parts import LatestParts

pytestmark = pytest.mark.usefixtures("keeping")


def shown_price(page: str) -> str:
    """Return a page with prices in one piece; their decimals are small."""
    return re.sub(r"</?span[^>]*>", "", page)


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


def number_products_from(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('catalogue_product', 'id'), %s)",
            [number],
        )


def listings_of(product) -> list[str]:
    category = product.categories.get()
    return [
        "/shop/",
        f"/shop/category/{category.slug}_{category.pk}/",
        "/shop/search/?q=apples",
        "/shop/search/?q=aplpes",
    ]


def test_goods_are_drawn_for_their_own_shop_alone(alder, birch, settings, monkeypatch):
    """Be the products' keys the same in both, and the editions' names too."""
    settings.QUICKCART_PAGE_CACHE = False
    monkeypatch.setattr(marks, "edition_of", lambda request: "one")
    addresses = {}
    for shop in (alder, birch):
        with context.inside(shop):
            number_products_from(5_000_000)
            row = goods.a_row(f"{shop.subdomain} apples", description="Crisp.")
            (product,) = goods.some_goods(row)
            assert product.pk == 5_000_001
            own = goods.card_of(product).url
            addresses[shop] = [own, *listings_of(product)]
            Product.objects.filter(pk=product.pk).update(ingredients=f"{shop} only")

    for _round in range(2):
        for shop, other in ((alder, birch), (birch, alder)):
            for address in addresses[shop]:
                page = a_visitor(f"{shop.subdomain}.localhost").get(address).text
                assert f"{shop.subdomain} apples" in page, address
                assert f"{other.subdomain} apples" not in page, address
                assert f"{other} only" not in page


def test_a_change_is_seen_in_every_part(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    commit()
    addresses = [*listings_of(apples), goods.card_of(apples).url]
    for address in addresses:
        assert "€2.50" in shown_price(a_visitor().get(address).text), address

    record = apples.stockrecords.get()
    record.price = Decimal("7.35")
    record.save()
    commit()

    for address in addresses:
        assert "€7.35" in shown_price(a_visitor().get(address).text), address


def test_what_is_taken_off_the_shelf_is_gone_from_every_part(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    commit()
    addresses = listings_of(apples)
    own = goods.card_of(apples).url
    for address in [*addresses, own]:
        a_visitor().get(address)

    apples.is_public = False
    apples.save()
    commit()

    for address in addresses:
        assert own not in a_visitor().get(address).text, address
    assert a_visitor().get(own).status_code == 404


def test_pages_that_were_drawn_before_ask_little(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    commit()
    everything, shelf, search, _slip = listings_of(apples)
    # The name of the edition is one of the questions.
    asked = {everything: 1, shelf: 1, search: 2, goods.card_of(apples).url: 2}

    for address, number in asked.items():
        first = a_visitor().get(address)
        with queries.at_most(number):
            assert a_visitor().get(address).content == first.content


def test_a_product_that_is_gone_before_its_card_is_drawn_is_left_out(
    apples, monkeypatch
):
    """Between the question which goods match and that for their cards."""
    commit()
    monkeypatch.setattr(drawings, "_cards_of", lambda ids: {})

    page = a_visitor().get("/shop/search/?q=apples")

    assert page.status_code == 200
    assert goods.card_of(apples).url not in page.text


def test_a_page_in_a_drawn_frame_is_the_page_itself(apples, settings):
    """Rendered whole, as for those with a session, it has the same bytes."""
    settings.QUICKCART_PAGE_CACHE = False
    pages.a_page(pages.a_hero("Since 1931"), title="About us")
    commit()
    everything, shelf, search, slip = listings_of(apples)
    addresses = [
        *(
            "/",
            "/about-us/",
            everything,
            shelf,
            search,
            slip,
            goods.card_of(apples).url,
        ),
        *(f"{shelf}?sort=name", f"{search}<i>", "/shop/search/", "/shop/search/?q=+"),
        "/shop/search/?q=blank0blank",
    ]
    drawn = {}
    for _round in range(2):
        drawn = {address: a_visitor().get(address) for address in addresses}

    settings.QUICKCART_EDITIONS = False
    with_session = a_visitor()
    with_session.cookies[settings.SESSION_COOKIE_NAME] = "none"
    for address, page in drawn.items():
        whole = with_session.get(address)
        assert page.status_code == whole.status_code == 200, address
        assert page.text.split() == whole.text.split(), address
        assert "\0" not in page.text


def test_a_framed_page_s_block_has_no_super():
    page = '{% load frame %}{% framed "storefront/base.html" %}{% block meta %}'

    with pytest.raises(TemplateSyntaxError, match=r"no block\.super"):
        Template(page + "{{ block.super }}{% endblock %}")


def test_the_directory_is_drawn_once_until_a_shop_says_something_else(
    alder, settings, monkeypatch
):
    settings.QUICKCART_PAGE_CACHE = False
    visitor = a_visitor("localhost")
    facts = {"name": "Alder", "hours": "Mo-Su 08:00-18:00", "version": 1}
    with context.in_public():
        directory.publish(shop=alder, card=facts)
        commit()
    first = visitor.get("/")
    with queries.at_most(1):
        assert visitor.get("/").content == first.content
    assert "Open until 18:00" in first.text
    assert visitor.get("/?page=99999999999").status_code == 200
    assert visitor.get("/?page=x").status_code == 200
    assert "No shop by these words" in visitor.get("/?q=nobody").text

    with context.in_public():
        directory.publish(
            shop=alder, card=facts | {"tagline": "Picked today", "version": 2}
        )
        commit()
    assert "Picked today" in visitor.get("/").text

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=14))
    assert "Open until" not in visitor.get("/").text


@pytest.mark.parametrize("page", ["0" * 5000 + "1", "9" * 5000, "51", "-1", "²"])
def test_a_page_number_nobody_means_is_a_page(alder, page):
    assert a_visitor("localhost").get("/", {"page": page}).status_code == 200


def test_goods_of_an_aisle_are_counted_once_for_an_edition(shop, settings):
    settings.QUICKCART_PAGE_CACHE = False
    goods.some_goods(*(goods.a_row(f"Apples {number}") for number in range(60)))
    commit()
    first = a_visitor().get("/shop/?page=2")

    with CaptureQueriesContext(connection) as asked:
        second = a_visitor().get("/shop/?page=3")

    assert "60 products" in first.text
    assert "60 products" in second.text
    assert not [each["sql"] for each in asked if "COUNT(" in each["sql"]]


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
