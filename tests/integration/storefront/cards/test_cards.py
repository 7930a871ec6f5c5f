"""Cards are what their sources say, whichever of these changes."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from factories import goods

from notifications import handlers
from storefront.cards import services
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import (
    Category,
    Product,
    ProductCategory,
    ProductImage,
)
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context


@pytest.fixture
def bread(shop):
    (product,) = goods.some_goods(
        goods.a_row(
            "Brown bread",
            category=("Bakery", "Bread"),
            brand="Hill",
            pack_amount=Decimal(800),
            pack_unit="g",
            price=Decimal("3.20"),
            allergens=["gluten"],
            may_contain=["sesame"],
            diets=["vegan", "organic", "vegetarian"],
            stock=20,
        )
    )
    return product


def shown():
    return list(
        ProductCard.objects.order_by("pk").values(
            *(
                f.name
                for f in ProductCard._meta.concrete_fields
                if f.name != "updated_at"
            )
        )
    )


def assert_true_to_sources():
    """Compare the cards with cards made from nothing."""
    kept = shown()
    ProductCard.objects.all().delete()
    services.rebuild(Product.objects.values_list("pk", flat=True), now=goods.NOW)
    assert kept == shown()


def test_a_card_says_what_the_product_is(bread):
    card = goods.card_of(bread)

    assert (card.title, card.brand, card.pack) == ("Brown bread", "Hill", "800 g")
    assert (card.unit_price, card.unit) == (Decimal("4.00"), "kg")
    assert card.badges == ["Organic", "Vegan"]
    assert card.allergens == ["gluten", "sesame"]
    names = Category.objects.in_bulk(card.category_ids)
    assert [names[pk].name for pk in card.category_ids] == ["Bread", "Bakery"]
    assert card.url == bread.get_absolute_url()
    assert card.stock_state == "in"
    assert card.stock_left is None


def change_title(product):
    product.title = "Rye bread"
    product.save()


def hide(product):
    product.is_public = False
    product.save()


def change_price(product):
    record = product.stockrecords.get()
    record.price = Decimal("1.10")
    record.save()


def take_price_away(product):
    record = product.stockrecords.get()
    record.price = None
    record.save()


def run_low(product):
    record = product.stockrecords.get()
    record.num_in_stock = 4
    record.save()


def run_out(product):
    record = product.stockrecords.get()
    record.num_in_stock, record.num_allocated = 4, 4
    record.save()


def add_category(product):
    other = Category.add_root(name="Breakfast")
    ProductCategory.objects.create(product=product, category=other)


def take_off_its_shelf(product):
    ProductCategory.objects.get(product=product).delete()


def rename_top_category(product):
    top = Category.objects.get(name="Bakery")
    top.name = "From the oven"
    top.save()


def hide_top_category(product):
    top = Category.objects.get(name="Bakery")
    top.is_public = False
    top.save()


def delete_category(product):
    Category.objects.get(name="Bread").delete()


def add_picture(product):
    ProductImage.objects.create(product=product, image=goods.a_picture())


def take_picture_away(product):
    add_picture(product)
    ProductImage.objects.get().delete()


def describe_picture(product):
    add_picture(product)
    image = ProductImage.objects.get().image
    image.alt_text = "A round loaf"
    image.save()


def stop_counting(product):
    run_out(product)
    kind = product.product_class
    kind.track_stock = False
    kind.save()


def delete_record(product):
    product.stockrecords.get().delete()


def delete_product(product):
    add_picture(product)
    product.delete()


CHANGES = [
    change_title,
    hide,
    change_price,
    take_price_away,
    run_low,
    run_out,
    add_category,
    take_off_its_shelf,
    rename_top_category,
    hide_top_category,
    delete_category,
    add_picture,
    take_picture_away,
    describe_picture,
    stop_counting,
    delete_record,
    delete_product,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_card_follows_every_change_of_its_sources(bread, change, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    before = shown()

    change(bread)

    if change not in {take_picture_away, stop_counting}:  # there and back
        assert shown() != before
    assert_true_to_sources()


def test_what_cannot_be_listed_has_no_card(bread):
    hide(bread)

    assert not ProductCard.objects.exists()


def test_few_left_are_counted_and_none_is_sold_out(bread):
    run_low(bread)
    card = goods.card_of(bread)
    assert (card.stock_state, card.stock_left, card.is_out) == ("low", 4, False)

    run_out(bread)
    card = goods.card_of(bread)
    assert (card.stock_state, card.stock_left, card.is_out) == ("out", 0, True)


def test_the_outbox_brings_the_stock_of_an_order_to_the_card(bread):
    StockRecord.objects.update(num_allocated=17)
    assert goods.card_of(bread).stock_state == "in"

    handlers.registration_of("card_stock").handler(
        {"product_ids": [bread.pk, 987_654]}, dedupe_key="x", now=goods.NOW
    )

    assert goods.card_of(bread).stock_left == 3
    assert_true_to_sources()


def test_any_number_of_cards_takes_the_same_queries(
    shop, django_assert_max_num_queries
):
    products = goods.some_goods(*(goods.a_row(f"Good {n}") for n in range(60)))

    with django_assert_max_num_queries(12):
        services.rebuild([product.pk for product in products], now=goods.NOW)


def test_collected_changes_rebuild_a_card_once(bread, monkeypatch):
    rebuilt = []
    rebuild = services.rebuild
    monkeypatch.setattr(
        services, "rebuild", lambda ids, *, now: rebuilt.append(rebuild(ids, now=now))
    )

    with services.collecting(now=goods.NOW):
        change_title(bread)
        change_price(bread)
        assert rebuilt == []

    assert rebuilt == [1]
    monkeypatch.undo()
    assert_true_to_sources()


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("bread", ["Brown bread"]),
        ("BREA", ["Brown bread"]),
        ("breads", ["Brown bread"]),
        ("hill bread", ["Brown bread"]),
        ("bakery", ["Brown bread"]),
        ("brwon bred", ["Brown bread"]),
        ("creme fraiche", ["Crème fraîche"]),
        ("Crème FRAÎCHE", ["Crème fraîche"]),
        ("tomaot", ["Tomatoes"]),
        ("tomato", ["Tomatoes"]),
        ("zzzz", []),
        ("", []),
        ("' & | ! ( ) : * \\", []),
        ("tomato's & (bread)", []),
        ("\x00", []),
    ],
)
def test_search_finds_words_their_forms_and_typing_errors(bread, text, titles):
    goods.some_goods(goods.a_row("Crème fraîche"), goods.a_row("Tomatoes"))

    found = ProductCard.objects.search(text)

    assert [card.title for card in found] == titles


def test_what_may_contain_an_allergen_is_not_free_of_it(bread):
    (unknown,) = goods.some_goods(goods.a_row("Nobody knows", allergens=None))
    (pure,) = goods.some_goods(goods.a_row("Salt", allergens=[]))

    free = ProductCard.objects.declared_free_of(["sesame"])

    assert [card.pk for card in free] == [pure.pk]
    assert unknown.pk not in {card.pk for card in free}


def test_the_command_makes_all_cards_anew(bread, capsys):
    ProductCard.objects.all().delete()

    call_command("rebuild_cards", "alder")

    assert goods.card_of(bread).title == "Brown bread"
    assert "1 cards written" in capsys.readouterr().out


def test_cards_stay_in_their_shop(bread, birch, cedar):
    for other in (birch, cedar):
        with context.inside(other):
            assert not ProductCard.objects.exists()
            assert services.rebuild([bread.pk], now=goods.NOW) == 0
            assert services.refresh_stock([bread.pk], now=goods.NOW) == 0
