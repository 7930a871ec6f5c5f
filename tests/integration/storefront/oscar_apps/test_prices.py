"""What Oscar is told about prices, stock and pictures."""

from decimal import Decimal
from pathlib import Path

from django.template import Context, Template
from factories import goods
from oscar.core.loading import get_class

from storefront.oscar_apps.catalogue.models import Product, ProductImage

SHOWN = Template(
    '{% load image_tags %}{% oscar_thumbnail image.original "80x80" as thumb %}'
    "{{ thumb.url }}"
)


def test_the_shelf_price_holds_the_tax(shop):
    (tea,) = goods.some_goods(
        goods.a_row("Tea", price=Decimal("12.30"), tax_rate=Decimal(23))
    )

    info = get_class("partner.strategy", "Selector")().strategy().fetch_for_product(tea)

    assert info.price.incl_tax == Decimal("12.30")
    assert (info.price.excl_tax, info.price.tax) == (Decimal("10.00"), Decimal("2.30"))
    assert info.price.currency == "EUR"
    assert info.availability.is_available_to_buy


def test_prices_of_loaded_products_take_no_query(shop, django_assert_num_queries):
    goods.some_goods(*(goods.a_row(f"Good {n}", stock=n) for n in range(5)))
    products = list(
        Product.objects.select_related("product_class").prefetch_related("stockrecords")
    )
    strategy = get_class("partner.strategy", "Selector")().strategy()

    with django_assert_num_queries(0):
        infos = [strategy.fetch_for_product(product) for product in products]

    assert sum(info.availability.is_available_to_buy for info in infos) == 4


def test_a_product_without_picture_leaves_no_link_behind(
    shop, settings, tmp_path, caplog
):
    settings.MEDIA_ROOT = str(tmp_path)
    (tea,) = goods.some_goods(goods.a_row("Tea"))

    url = SHOWN.render(Context({"image": tea.primary_image()}))

    assert url.endswith("image_not_found.jpg")
    assert list(Path(tmp_path).rglob("*")) == []
    assert not caplog.records


def test_oscar_shows_the_librarys_rendition(shop, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    (tea,) = goods.some_goods(goods.a_row("Tea"))
    link = ProductImage.objects.create(product=tea, image=goods.a_picture())

    url = SHOWN.render(Context({"image": tea.primary_image()}))
    link.delete()

    assert url.endswith(".webp")
