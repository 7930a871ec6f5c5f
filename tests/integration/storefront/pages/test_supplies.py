"""What a page shows comes in few queries, and is this shop's."""

from decimal import Decimal

from django.core.cache import cache
from factories import goods, pages
from support import queries

from storefront.oscar_apps.catalogue.models import Category
from storefront.pages import supplies
from tenants import context

ALDER = {"host": "alder.localhost"}


def stocked():
    """Return apples and pears in Fruit, milk in Dairy > Fresh > Milk."""
    apples, pears, milk = goods.some_goods(
        goods.a_row("Apples", price=Decimal("2.50")),
        goods.a_row("Pears"),
        goods.a_row("Milk", category=("Dairy", "Fresh", "Milk")),
    )
    return apples, pears, milk


def full_home():
    apples, _pears, milk = stocked()
    fruit = Category.objects.get(name="Fruit")
    picture = goods.a_picture()
    return pages.show_at_home(
        pages.a_hero(
            picture=picture.pk, link_text="To the fruit", link_category=fruit.pk
        ),
        ("notice", {"text": "Closed on Monday", "title": "", "tone": "warn"}),
        pages.a_shelf(milk.pk, apples.pk),
        pages.a_category_shelf(fruit.pk),
        ("picture", {"picture": picture.pk, "alt": "A heap", "caption": "Our heap"}),
        ("text", "<h2>Why?</h2><p>Because.</p>"),
        ("hours", {"heading": "When we are here"}),
    )


def test_the_front_page_takes_five_queries(client, shop, media_root):
    full_home()
    client.get("/", headers=ALDER)  # what a process does once
    cache.clear()

    with queries.at_most(5):
        answer = client.get("/", headers=ALDER)

    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ["Fresh today", "To the fruit", "Closed on Monday", "Apples", "Pears",
                  "Milk", "A heap", "Our heap", "Why?", "When we are here"]:  # fmt: skip
        assert words in page


def test_shelves_keep_the_order_they_were_picked_in(shop):
    apples, _pears, milk = stocked()
    fruit = Category.objects.get(name="Fruit").pk
    page = pages.show_at_home(
        pages.a_shelf(milk.pk, apples.pk), pages.a_category_shelf(fruit, limit=1)
    )

    found = supplies.fetch(supplies.needs_of(page.body))

    assert [card.title for card in found.cards_of([milk.pk, apples.pk])] == [
        "Milk",
        "Apples",
    ]
    assert [card.title for card in found.shelf_of(fruit, limit=1)] == ["Apples"]


def test_a_deep_category_has_those_above_it_in_its_address(shop):
    stocked()
    milk = Category.objects.get(name="Milk")

    link = supplies.category_links({milk.pk})[milk.pk]

    assert link.url == f"/shop/category/dairy/fresh/milk_{milk.pk}/"


def test_what_is_gone_is_left_out(client, shop):
    apples, pears, _milk = stocked()
    pages.show_at_home(
        pages.a_shelf(apples.pk, pears.pk, 999_999),
        pages.a_category_shelf(999_999),
        pages.a_hero(picture=999_999, link_text="Go", link_category=999_999),
    )
    apples.delete()

    answer = client.get("/", headers=ALDER)

    assert answer.status_code == 200
    assert "Pears" in answer.content.decode()
    assert "Apples" not in answer.content.decode()


def test_a_picture_replaced_in_the_library_changes_on_the_page(shop, media_root):
    picture = goods.a_picture()
    page = pages.show_at_home(pages.a_hero(picture=picture.pk))
    assert page.pictures[str(picture.pk)]["alt"] == "Apple"

    picture.alt_text = "A red apple"
    picture.save()

    page.refresh_from_db()
    assert page.pictures[str(picture.pk)]["alt"] == "A red apple"


def test_a_picture_deleted_is_gone_from_the_page(client, shop, media_root):
    picture = goods.a_picture()
    page = pages.show_at_home(pages.a_hero(picture=picture.pk))

    picture.delete()

    page.refresh_from_db()
    assert page.pictures == {}
    assert client.get("/", headers=ALDER).status_code == 200


def test_shops_with_the_same_keys_show_their_own(client, alder, birch, media_root):
    for shop, fruit in ((alder, "Apples"), (birch, "Quinces")):
        with context.inside(shop):
            [product] = goods.some_goods(goods.a_row(fruit))
            pages.show_at_home(pages.a_shelf(product.pk))

    first = client.get("/", headers=ALDER).content.decode()
    second = client.get("/", headers={"host": "birch.localhost"}).content.decode()

    assert "Apples" in first
    assert "Quinces" not in first
    assert "Quinces" in second
    assert "Apples" not in second
