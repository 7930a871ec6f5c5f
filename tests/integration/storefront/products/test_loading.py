"""Product lists as people have them, dirt included."""

import time
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command
from factories import goods
from PIL import Image

from storefront.cards.models import ProductCard
from storefront.media.models import ShopImage, ShopRendition
from storefront.oscar_apps.catalogue.models import Category, Product
from storefront.oscar_apps.partner.models import StockRecord
from storefront.products import loading, rows

BIGBASKET = """\
index,product,category,sub_category,brand,sale_price,market_price,type,rating
1,Garlic Oil - Capsule 500 mg,Beauty & Hygiene,Hair Care,Sri Sri ,220,220,Hair Oil,4.1
2,"Oats, 500 g",Foodgrains, Cereals ,Quaker ,99.5,120,Oats,4
3,Olive OilÂ\u00a0- Pure,Foodgrains,Oils,Borges,450,500,Olive Oil,0
4,,Beverages,Coffee,Cothas Coffee,200,240,Ground Coffee,4.2
5,Cola 6x330 ml,Beverages,Soft Drinks,Fizz,,99,Cola,3
6,Tea,beverages,TEA,Tetley,12,12,Tea Bags,3
6,Tea again,Beverages,Tea,Tetley,12,12,Tea Bags,3
7,Milk\0,Beverages,Milk,Farm,1,1,Milk,3
8,Golden Milk,Beverages,Milk,Farm,999999999,1,Milk,3
9,Short row,Beverages
"""
PLAIN = """\
SKU,Title,Category,Brand,Price,Pack_amount,Pack_unit,Stock,GTIN,Allergens,Diets
A-1,Brown bread,Bakery > Bread,Hill,"€ 3,20",800,g,7,,gluten; Milk,vegetarian
A-2,Apples,Fruit,,2.00,1,kg,,5901234123457,none,vegan|organic
A-3,Pears,Fruit,,2.20,1,kg,5,5901234123457,,
A-4,Plums,Fruit,,2.20,1,kg,5,5901234123458,,
A-5,Figs,Fruit,,2.20,1,kg,many,,,
A-6,Nuts,Fruit,,2.20,1,kg,3,,splinters,
"""


@pytest.fixture
def load(shop, tmp_path):
    def run(content, *options, encoding="utf-8"):
        path = tmp_path / "products.csv"
        path.write_bytes(content.encode(encoding))
        said = StringIO()
        call_command(
            "load_products", "alder", path, *options, stdout=said, stderr=StringIO()
        )
        return said.getvalue()

    return run


def food(*extra):
    return (*extra, "--only", "Foodgrains", "--only", "Beverages")


def test_a_real_list_loads_and_names_what_it_refuses(load):
    said = load(BIGBASKET, *food("--stock", "20"))

    assert "9 rows read: 3 loaded, 0 updated, 0 unchanged, 6 refused." in said
    assert "Row 5 refused: The name is missing." in said
    assert "Row 6 “Cola 6x330 ml” refused: The price is missing." in said
    assert "Row 8 “Tea again” refused: Row 7 has the same SKU, BB-6." in said
    assert "Row 9" in said
    assert "NUL" in said
    assert "Row 10 “Golden Milk” refused: The price 999999999" in said
    assert "Row 11 “Short row” refused: It has fewer cells" in said


def test_dirt_is_cleaned_and_categories_are_three_levels_deep(load):
    load(BIGBASKET, *food("--stock", "20"))

    oats = Product.objects.get(title="Oats, 500 g")
    assert oats.brand == "Quaker"
    assert (oats.pack_amount, oats.pack_unit) == (Decimal(500), "g")
    assert oats.categories.get().full_name == "Foodgrains > Cereals > Oats"
    assert oats.stockrecords.get().num_in_stock == 20
    assert Product.objects.filter(title="Olive Oil - Pure").exists()
    assert Category.objects.filter(depth=1).count() == 2


def test_loading_again_changes_nothing(load):
    load(BIGBASKET, *food("--stock", "20"))
    before = list(Product.objects.order_by("pk").values())
    stock = list(StockRecord.objects.order_by("pk").values())

    said = load(BIGBASKET, *food("--stock", "3"))

    assert "0 loaded, 0 updated, 3 unchanged, 6 refused" in said
    assert list(Product.objects.order_by("pk").values()) == before
    assert list(StockRecord.objects.order_by("pk").values()) == stock


def test_a_changed_row_changes_its_product_and_card(load):
    load(BIGBASKET, *food("--stock", "20"))

    said = load(BIGBASKET.replace("99.5", "89.90"), *food())

    assert "0 loaded, 1 updated, 2 unchanged" in said
    assert ProductCard.objects.get(title="Oats, 500 g").price == Decimal("89.90")


def test_the_shops_own_list_says_everything(load):
    said = load(PLAIN)

    bread = Product.objects.get(title="Brown bread")
    assert bread.allergens == ["gluten", "milk"]
    assert bread.diets == ["vegetarian"]
    assert bread.stockrecords.get().price == Decimal("3.20")
    assert bread.stockrecords.get().num_in_stock == 7
    assert bread.categories.get().full_name == "Bakery > Bread"
    apples = Product.objects.get(title="Apples")
    assert (apples.allergens, apples.upc) == ([], "5901234123457")
    assert ProductCard.objects.get(pk=apples.pk).stock_state == "out"
    assert "6 rows read: 2 loaded" in said
    assert "Row 4 “Pears” refused: Row 3 has the same barcode." in said
    assert "Row 5 “Plums” refused: This is not a barcode" in said
    assert "“many” is not a number" in said
    assert "splinters" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_other_encodings_are_understood(load, encoding):
    load("sku,title,price\n1,Crème fraîche,2\n", encoding=encoding)

    assert Product.objects.get().title == "Crème fraîche"


def test_columns_can_be_named(load):
    load(
        "Code;Was,Ware,Preis\n7,Brot,3\n",
        *("--column", "sku=Code;Was", "--column", "title=Ware"),
        *("--column", "price=Preis"),
    )

    assert Product.objects.get().title == "Brot"


def test_an_open_quote_costs_rows_not_the_whole_file(load):
    swallowed = "".join(f"{number},Good {number},1\n" for number in range(2, 2000))

    said = load(f'sku,title,price\n1,"Open,1\n{swallowed}')

    assert "a quote is not closed" in said
    assert Product.objects.exists()


@pytest.mark.parametrize(
    ("content", "options", "word"),
    [
        ("", (), "columns are not known"),
        ("a,b\n1,2\n", (), "columns are not known"),
        ("sku,title,price\n", ("--column", "brand=Marke"), "no column “marke”"),
        ("sku,title,price\n", ("--column", "nonsense"), "write it like"),
        ("sku,title,price\n", ("--stock", "-1"), "0 or more"),
    ],
)
def test_what_is_no_product_list_is_refused_in_a_sentence(load, content, options, word):
    with pytest.raises(CommandError, match=word):
        load(content, *options)


@pytest.mark.usefixtures("shop")
def test_a_list_may_be_sent(monkeypatch):
    """As to a container, or to another account, which cannot see the file."""
    sent = TextIOWrapper(
        BytesIO("sku,title,price\n1,Rhubarb Crémeux,2\n".encode("cp1252"))
    )
    monkeypatch.setattr("sys.stdin", sent)
    said = StringIO()

    call_command("load_products", "alder", "-", stdout=said, stderr=StringIO())

    assert "1 loaded" in said.getvalue()
    assert Product.objects.get().title == "Rhubarb Crémeux"


def test_an_unknown_shop_or_file_is_refused_in_a_sentence(shop, tmp_path):
    with pytest.raises(CommandError, match="no shop"):
        call_command("load_products", "nowhere", tmp_path / "x.csv")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_products", "alder", tmp_path / "x.csv")


def test_stock_cannot_go_below_what_is_promised(load):
    load("sku,title,price,stock\n1,Eggs,2,10\n")
    StockRecord.objects.update(num_allocated=4)

    said = load("sku,title,price,stock\n1,Eggs,2,3\n")

    assert "4 are promised to customers" in said
    assert StockRecord.objects.get().num_in_stock == 10


def test_a_barcode_of_another_product_is_refused(load):
    load("sku,title,price,gtin\n1,Eggs,2,5901234123457\n")

    said = load("sku,title,price,gtin\n2,Milk,2,5901234123457\n")

    assert "Another product has this barcode: 1." in said


def test_goods_are_created_with_pictures_made_once(shop, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    picture = tmp_path / "red-apple.png"
    Image.new("RGB", (300, 200), "red").save(picture)

    products = goods.some_goods(
        *(goods.a_row(f"Apple {n}", picture=picture) for n in range(5))
    )

    assert ShopImage.objects.count() == 1
    assert ShopRendition.objects.count() == 2
    assert goods.card_of(products[4]).picture["src"].endswith(".webp")


def test_creating_is_all_or_nothing(shop):
    with pytest.raises(rows.RowRefused, match="Bad"):
        loading.create_products(
            [goods.a_row("Good"), goods.a_row("Bad", price=Decimal(-1))], now=goods.NOW
        )

    assert not Product.objects.exists()


def test_a_hundred_products_are_created_within_the_time(shop):
    start = time.perf_counter()

    goods.some_goods(*(goods.a_row(f"Good {n}", gtin="") for n in range(100)))

    assert time.perf_counter() - start < 8


def test_a_shop_gets_nothing_of_anothers_list(load, birch, cedar):
    from tenants import context

    load(BIGBASKET, *food())

    for other in (birch, cedar):
        with context.inside(other):
            assert not Product.objects.exists()
            assert not ProductCard.objects.exists()
