"""A customer looks along the shelves."""

import json
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import goods

from storefront.oscar_apps.catalogue.models import Category
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

BUDGET = 5


@pytest.fixture
def visit(client):
    def get(path, *, shop="alder", **extra):
        return client.get(path, headers={"host": f"{shop}.localhost"}, **extra)

    return get


@pytest.fixture
def shelves(shop):
    """Thirty goods on a shelf two levels down, and some with facts of their own."""
    return goods.some_goods(
        goods.a_row(
            "Brown bread",
            category=("Bakery", "Bread"),
            brand="Hill",
            price=Decimal("3.20"),
            pack_amount=Decimal(800),
            pack_unit="g",
            allergens=["gluten"],
            may_contain=["sesame"],
            ingredients="Flour, water, salt",
            origin="Galway",
            gtin="5901234123457",
            diets=["vegan"],
            stock=3,
        ),
        goods.a_row("Salt", category=("Pantry",), allergens=[], price=Decimal(1)),
        goods.a_row("Mystery jar", category=("Pantry",), stock=0),
        *(
            goods.a_row(f"Roll {number:02}", category=("Bakery", "Rolls"))
            for number in range(30)
        ),
    )


def bakery():
    top = Category.objects.get(name="Bakery")
    return f"/shop/category/bakery_{top.pk}/"


def titles(response):
    return re.findall(r'class="card__title"><a href="[^"]*">([^<]*)<', response.text)


@pytest.mark.parametrize(
    "path",
    ["/shop/", "category", "product", "/shop/search/?q=roll", "/shop/search/?q=rlol"],
)
def test_an_anonymous_page_takes_few_queries_and_sets_no_cookie(visit, shelves, path):
    path = {"category": bakery(), "product": goods.card_of(shelves[0]).url}.get(
        path, path
    )
    visit(path)  # what a process reads once

    with CaptureQueriesContext(connection) as queries:
        response = visit(path)

    # Entering and leaving the shop's schema reads nothing.
    asked = [q["sql"] for q in queries if not q["sql"].startswith("SET search_path")]
    assert len(asked) <= BUDGET, "\n".join(asked)
    assert response.status_code == 200
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.text


def test_a_category_shows_what_is_below_it_a_page_at_a_time(visit, shelves):
    first = visit(bakery())
    second = visit(f"{bakery()}?page=2")

    assert len(titles(first)) == 24
    assert len(titles(second)) == 7
    assert "31 products" in first.text
    assert "/shop/category/bakery/rolls_" in first.text


def test_sold_out_goods_come_last_and_can_be_left_out(visit, shelves):
    assert titles(visit("/shop/?page=2"))[-1] == "Mystery jar"
    assert "Mystery jar" not in visit("/shop/?page=2&in_stock=on").text


def test_goods_are_sorted_and_filtered_as_asked(visit, shelves):
    assert titles(visit("/shop/?sort=price"))[0] == "Salt"
    assert titles(visit("/shop/?sort=name"))[0] == "Brown bread"
    assert titles(visit("/shop/?sort=unit-price"))[0] == "Brown bread"
    assert titles(visit("/shop/?diet=vegan")) == ["Brown bread"]
    assert titles(visit("/shop/?free_of=gluten")) == ["Salt"]
    assert titles(visit("/shop/?free_of=milk&sort=price")) == ["Salt", "Brown bread"]
    assert "passes these filters" in visit("/shop/?diet=organic").text


def test_links_keep_the_filters(visit, shelves):
    response = visit("/shop/?in_stock=on&sort=name")

    assert "?sort=name&amp;in_stock=on&amp;page=2" in response.text


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=abc",
        "page=%D9%A3",
        "page=1e9",
        "sort=; DROP TABLE",
        "sort=-price&sort=x",
        "diet=meat&free_of=kryptonite",
        "in_stock=%FF%FE",
        "page=" + "9" * 5000 + "x",
    ],
)
def test_what_an_address_says_in_vain_is_passed_over(visit, shelves, query):
    assert titles(visit(f"/shop/?{query}"))


@pytest.mark.parametrize("number", ["3", "999999", "9" * 400])
def test_a_page_past_the_end_leads_to_the_last(visit, shelves, number):
    response = visit(f"/shop/?page={number}&sort=name")

    assert response.status_code == 302
    assert response.url == "/shop/?sort=name&page=2"


@pytest.mark.parametrize(
    "path",
    [
        "/shop/bread_99999/",
        "/shop/bread_999999999999999999/",
        "/shop/bread_9999999999999999999999/",
        "/shop/category/bread_99999/",
        "/shop/category/bread_999999999999999999/",
    ],
)
def test_what_is_not_there_is_not_found(visit, shop, path):
    assert visit(path).status_code == 404


def test_a_nul_byte_is_answered_in_words(visit, shop):
    response = visit("/shop/search/?q=%00")

    assert response.status_code == 400
    assert "could not read" in response.text


def test_an_old_name_in_an_address_leads_to_the_new_one(visit, shelves):
    card = goods.card_of(shelves[0])

    product = visit(f"/shop/old-name_{card.pk}/")
    category = visit(bakery().replace("bakery", "old/name") + "?page=2")

    assert (product.status_code, product.url) == (301, card.url)
    assert (category.status_code, category.url) == (301, f"{bakery()}?page=2")


def test_what_is_hidden_is_not_found(visit, shelves):
    card = goods.card_of(shelves[0])
    top = Category.objects.get(name="Bakery")
    path = bakery()
    shelves[0].is_public = False
    shelves[0].save()
    top.is_public = False
    top.save()

    assert visit(card.url).status_code == 404
    assert visit(path).status_code == 404
    assert visit(path.replace("bakery", "bakery/bread")).status_code == 404


def test_a_product_says_all_that_is_known_of_it(visit, shelves):
    page = visit(goods.card_of(shelves[0]).url).text

    for fact in (
        "Hill",
        "€4.00/kg",
        "Only 3 left",
        "Cereals containing gluten",
        "Sesame",
        "Flour, water, salt",
        "Galway",
        "5901234123457",
        "Vegan",
    ):
        assert fact in page


def test_allergens_that_nobody_declared_are_not_said_to_be_absent(visit, shelves):
    salt = visit(goods.card_of(shelves[1]).url).text
    jar = visit(goods.card_of(shelves[2]).url).text

    assert "contains none of the 14" in salt
    assert "has not declared" in jar
    assert "contains none" not in jar


def test_a_product_shows_the_stock_record_not_the_card(visit, shelves):
    StockRecord.objects.filter(product=shelves[0]).update(
        num_allocated=3, price=Decimal("9.99")
    )

    page = visit(goods.card_of(shelves[0]).url).text

    assert "Sold out" in page
    assert "9.99" in page


def test_machines_read_the_product_too(visit, shop):
    (product,) = goods.some_goods(
        goods.a_row("Salt </script><b>", brand="A&B", description="<i>white</i>")
    )

    page = visit(goods.card_of(product).url).text

    block = re.search(r'ld\+json">(.*?)</script>', page, re.DOTALL)
    facts = json.loads(block[1])
    assert facts["name"] == "Salt </script><b>"
    assert facts["offers"]["availability"].endswith("InStock")
    assert facts["offers"]["price"] == "2.50"
    assert "<b>" not in page


def test_a_search_helps_where_it_finds_nothing(visit, shelves):
    asked_nothing = visit("/shop/search/").text
    found_nothing = visit("/shop/search/?q=xylophone").text
    guessed = visit("/shop/search/?q=bred").text

    assert "What are you looking for?" in asked_nothing
    assert "Nothing found for “xylophone”" in found_nothing
    assert "/shop/category/pantry_" in found_nothing
    assert "nothing named “bred”" in guessed
    assert "Brown bread" in guessed


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "a" * 5000, "<script>x</script>", "&|!():*", "%F0%28", "😀"]
)
def test_any_text_can_be_searched_for(visit, shelves, text):
    response = visit("/shop/search/", data={"q": text})

    assert response.status_code == 200
    assert "<script>x" not in response.text


def test_an_empty_shop_says_so(visit, shop):
    assert "being filled" in visit("/shop/").text


@pytest.mark.parametrize("other", ["birch", "cedar"])
def test_a_shop_never_shows_anothers_goods(visit, shelves, other, request):
    card, path = goods.card_of(shelves[0]), bakery()
    neighbour = request.getfixturevalue(other)
    with context.inside(neighbour):
        (own,) = goods.some_goods(goods.a_row("Own pears", category=("Own",)))
        own_url = goods.card_of(own).url

    for address in ("/shop/", "/shop/search/?q=bread", card.url, path, own_url):
        page = visit(address, shop=other, follow=True).text
        assert "Brown bread" not in page
        assert "Roll 0" not in page
    assert "Own pears" in visit(own_url, shop=other).text
    assert "Own pears" not in visit("/shop/").text
