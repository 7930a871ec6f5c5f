"""A shopkeeper keeps the products: writes, counts, hides and deletes them."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import goods, selling, staff
from PIL import Image

from accounts.roles import Role
from storefront.cards.models import ProductCard
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

LIST = "/admin/products/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(shop):
    return staff.signed_in(staff.a_member(Role.MANAGER))


@pytest.fixture
def picker(shop):
    return staff.signed_in(staff.a_member(Role.PICKER))


@pytest.fixture
def bread(shop):
    (product,) = goods.some_goods(
        goods.a_row("Brown bread", price=Decimal("3.20"), sku="BR-1", stock=10)
    )
    return product


def filled(**changes):
    return {
        "title": "Rye bread",
        "price": "4,10",
        "stock": "6",
        "tax_rate": "0",
        "new_category": "Bakery > Bread",
        "is_public": "on",
        **changes,
    }


def opened(client, product):
    """Return the fields of the product's form as a browser would send them back."""
    form = client.get(f"{LIST}{product.pk}/").context["form"]
    values = {name: form[name].value() for name in form.fields if name != "upload"}
    return {
        name: value
        for name, value in values.items()
        if value is not None and value is not False
    }


def test_a_new_product_is_for_sale_at_once(owner):
    response = owner.post(
        f"{LIST}add/", filled(allergens=["gluten"], pack_amount="500", pack_unit="g")
    )

    assert response.status_code == 302
    card = ProductCard.objects.get(title="Rye bread")
    product = card.product
    assert (card.price, card.unit_price) == (Decimal("4.10"), Decimal("8.20"))
    assert product.allergens == ["gluten"]
    assert product.categories.get().full_name == "Bakery > Bread"
    assert product.stockrecords.get().partner_sku


def test_a_picture_is_taken_with_the_product(owner, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    content = io.BytesIO()
    Image.new("RGB", (300, 300), "brown").save(content, "JPEG")
    upload = SimpleUploadedFile("loaf.jpg", content.getvalue(), "image/jpeg")

    owner.post(f"{LIST}add/", filled(upload=upload))

    assert ProductCard.objects.get().picture["src"].endswith(".webp")
    assert ShopImage.objects.get().title == "Rye bread"


def test_a_file_that_is_no_picture_is_refused_in_words(owner):
    upload = SimpleUploadedFile("loaf.jpg", b"no picture", "image/jpeg")

    response = owner.post(f"{LIST}add/", filled(upload=upload))

    assert response.status_code == 422
    assert "image" in response.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "required"),
        ("title", "N\x00UL", "Null characters"),
        ("price", "-1", "greater than or equal to 0"),
        ("price", "free", "Enter a number"),
        ("price", "1e99", "Ensure"),
        ("stock", "-1", "greater than or equal to 0"),
        ("stock", "9" * 30, "less than or equal"),
        ("pack_amount", "0", "more than nothing"),
        ("gtin", "5901234123458", "a digit is off"),
        ("gtin", "abc", "a digit is off"),
        ("category", "999999", "valid choice"),
        ("image", "999999", "valid choice"),
        ("new_category", "a>b>c>d>e>f", "too deep"),
        ("allergens", "kryptonite", "valid choice"),
        ("tax_rate", "101", "less than or equal to 100"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(owner, field, value, words):
    response = owner.post(f"{LIST}add/", filled(**{field: value}))

    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    assert not Product.objects.exists()


def test_a_barcode_and_a_sku_belong_to_one_product(owner, bread):
    Product.objects.update(upc="5901234123457")

    response = owner.post(f"{LIST}add/", filled(gtin="5901234123457"))
    assert "“Brown bread” has this barcode" in response.text.replace("&quot;", '"')

    response = owner.post(f"{LIST}add/", filled(sku="BR-1"))
    assert "“Brown bread” has this SKU" in response.text
    assert Product.objects.count() == 1


def test_an_edited_product_keeps_what_was_not_touched(owner, bread):
    owner.post(f"{LIST}{bread.pk}/", opened(owner, bread) | {"title": "Soda bread"})

    card = goods.card_of(bread)
    assert (card.title, card.price, card.stock_state) == (
        "Soda bread",
        Decimal("3.20"),
        "in",
    )
    assert bread.stockrecords.get().partner_sku == "BR-1"
    assert bread.categories.get().name == "Fruit"


def test_two_who_edit_the_same_product_are_told(owner, bread):
    mine, theirs = opened(owner, bread), opened(owner, bread)
    owner.post(f"{LIST}{bread.pk}/", theirs | {"title": "Theirs"})

    refused = owner.post(f"{LIST}{bread.pk}/", mine | {"title": "Mine"})

    assert refused.status_code == 422
    assert "Somebody else changed" in refused.text
    assert goods.card_of(bread).title == "Theirs"
    again = {n: refused.context["form"][n].value() for n in ("version", "seen_stock")}
    owner.post(f"{LIST}{bread.pk}/", mine | {"title": "Mine"} | again)
    assert goods.card_of(bread).title == "Mine"


def test_what_was_sold_meanwhile_stays_sold(owner, bread):
    form = opened(owner, bread)
    StockRecord.objects.update(num_in_stock=8)

    owner.post(f"{LIST}{bread.pk}/", form | {"title": "Soda bread"})
    assert bread.stockrecords.get().num_in_stock == 8

    form = opened(owner, bread)
    StockRecord.objects.update(num_in_stock=7)
    refused = owner.post(f"{LIST}{bread.pk}/", form | {"stock": "20"})
    assert "7 in stock by now" in refused.text
    assert bread.stockrecords.get().num_in_stock == 7


def test_stock_does_not_go_below_what_is_promised(owner, bread):
    StockRecord.objects.update(num_allocated=4)

    refused = owner.post(f"{LIST}{bread.pk}/", opened(owner, bread) | {"stock": "3"})

    assert "4 are promised to customers" in refused.text
    assert bread.stockrecords.get().num_in_stock == 10


def a_count(product, **changes):
    return {
        "price": "3.20",
        "stock": "10",
        "seen_price": "3.20",
        "seen_stock": "10",
        **changes,
    }


def test_price_and_stock_are_set_in_the_list(owner, bread):
    answer = owner.post(
        f"{LIST}{bread.pk}/count/",
        a_count(bread, price="3,50", stock="3"),
        headers=HTMX,
    )

    assert answer.status_code == 200
    assert "Nearly gone" in answer.text
    card = goods.card_of(bread)
    assert (card.price, card.stock_left) == (Decimal("3.50"), 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stock": "3"}, "9 in stock by now"),
        ({"stock": "-3"}, "greater than or equal to 0"),
        ({"stock": "many"}, "whole number"),
        ({"stock": "2", "seen_stock": "9"}, "4 are promised"),
    ],
)
def test_a_count_that_cannot_be_is_refused_in_its_row(owner, bread, changes, words):
    StockRecord.objects.update(num_in_stock=9, num_allocated=4)

    answer = owner.post(
        f"{LIST}{bread.pk}/count/", a_count(bread, **changes), headers=HTMX
    )

    assert answer.status_code == 409
    assert words in answer.text
    assert bread.stockrecords.get().num_in_stock == 9


def test_a_picker_counts_but_neither_prices_nor_edits(picker, bread):
    path = f"{LIST}{bread.pk}/"

    picker.post(f"{path}count/", a_count(bread, price="0.01", stock="4"))

    record = bread.stockrecords.get()
    assert (record.num_in_stock, record.price) == (4, Decimal("3.20"))
    assert picker.get(LIST).status_code == 200
    for refused in (f"{LIST}add/", path, f"{path}delete/"):
        assert picker.get(refused).url == "/admin/"  # Wagtail says why there
    assert picker.post(f"{path}visibility/", {"public": "no"}).url == "/admin/"
    assert ProductCard.objects.exists()


def test_customers_and_strangers_are_kept_out(shop, bread, client):
    response = client.get(LIST, headers={"host": "alder.localhost"})

    assert response.status_code == 302
    assert "/account/" in response.url


def test_a_product_is_hidden_and_shown_again(owner, bread):
    owner.post(f"{LIST}{bread.pk}/visibility/", {"public": "no"})
    assert not ProductCard.objects.exists()

    owner.post(f"{LIST}{bread.pk}/visibility/", {"public": "yes"})
    assert ProductCard.objects.exists()


def test_a_product_is_deleted_after_a_question(owner, bread):
    assert "Delete “Brown bread”?" in owner.get(f"{LIST}{bread.pk}/delete/").text
    assert Product.objects.exists()

    owner.post(f"{LIST}{bread.pk}/delete/")

    assert not Product.objects.exists()
    assert not ProductCard.objects.exists()


def test_a_product_in_an_order_is_hidden_instead(owner, bread):
    selling.an_order((bread, 1))

    response = owner.post(f"{LIST}{bread.pk}/delete/", follow=True)

    assert "hidden instead" in response.text
    assert not Product.objects.get().is_public


def test_the_list_is_searched_and_narrowed(owner, bread):
    goods.some_goods(
        goods.a_row("Crème fraîche", brand="Dairy", stock=0, allergens=["milk"]),
        goods.a_row("Pears", stock=2),
    )

    def shown(query):
        rows = owner.get(f"{LIST}?{query}").context["rows"]
        return [row.product.title for row in rows]

    assert shown("") == ["Brown bread", "Crème fraîche", "Pears"]
    assert shown("q=creme") == ["Crème fraîche"]
    assert shown("q=BR-1") == ["Brown bread"]
    assert shown("q=dairy") == ["Crème fraîche"]
    assert shown("only=out") == ["Crème fraîche"]
    assert shown("only=low") == ["Pears"]
    assert shown("only=no-allergens") == ["Brown bread", "Pears"]
    assert shown("only=nonsense&page=99999999999999") == shown("")
    assert shown("q=xyz") == []


def test_the_list_takes_the_same_queries_however_long(
    owner, django_assert_max_num_queries
):
    goods.some_goods(*(goods.a_row(f"Good {n}") for n in range(60)))
    owner.get(LIST)

    with django_assert_max_num_queries(25):
        assert owner.get(LIST).status_code == 200


@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_what_is_gone_is_not_found(owner, pk):
    assert owner.get(f"{LIST}{pk}/").status_code == 404
    assert owner.post(f"{LIST}{pk}/visibility/", {"public": "no"}).status_code == 404


@pytest.mark.parametrize("other", ["birch", "cedar"])
def test_another_shops_products_are_out_of_reach(owner, bread, other, request):
    neighbour = request.getfixturevalue(other)
    with context.inside(neighbour):
        (theirs,) = goods.some_goods(goods.a_row("Their pears"))
        before = theirs.stockrecords.get().num_in_stock

    host = {"host": f"{other}.localhost"}
    assert owner.get(LIST, headers=host).status_code == 302
    owner.post(f"{LIST}{theirs.pk}/count/", a_count(theirs, stock="1"), headers=host)
    page = owner.get(f"{LIST}?q=pears").text
    chooser = owner.get("/admin/product_chooser/").text

    assert "Their pears" not in page
    assert "Their pears" not in chooser
    with context.inside(neighbour):
        assert theirs.stockrecords.get().num_in_stock == before


def test_the_first_screen_shows_what_runs_out(owner):
    goods.some_goods(
        goods.a_row("Plenty of oats", sku="OAT", stock=40),
        goods.a_row("The last pears", sku="PEAR", stock=1),
        goods.a_row("No more figs", sku="FIG", stock=0),
    )

    page = owner.get("/admin/").content.decode()

    assert page.index("No more figs") < page.index("The last pears")
    assert "Plenty of oats" not in page
