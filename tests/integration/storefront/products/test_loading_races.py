"""A list loaded while others sell and edit, on connections that really commit."""

from decimal import Decimal

import pytest
from django.db import transaction
from factories import crowds, goods

from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.partner.models import StockRecord
from storefront.products import loading
from storefront.products.reading import Line
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow

PATIENCE = 30


@pytest.fixture
def shop(live_database):
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        yield shop


def load(*rows):
    lines = [Line(number, row, title=row.title) for number, row in enumerate(rows, 1)]
    return loading.load(lines, now=goods.NOW)


def dearer(title, sku, **facts):
    return goods.a_row(title, sku=sku, price=Decimal("9.99"), **facts)


def record(sku):
    return StockRecord.objects.get(partner_sku=sku)


def take_at_once(sku):
    """Lock a stock record; fail if somebody has it."""
    StockRecord.objects.select_for_update(nowait=True).get(partner_sku=sku)


def test_who_waits_for_a_product_does_not_have_its_stock(shop):
    """Or whoever edits one, and takes the stock second, would wait for it crosswise."""
    [bread] = goods.some_goods(goods.a_row("Bread", sku="B"))

    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=bread.pk)
        loaded = crowds.beside(shop, lambda: load(dearer("Bread", "B")))
        assert not loaded.done()
        take_at_once("B")

    assert loaded.result(PATIENCE).updated == 1
    assert record("B").price == Decimal("9.99")


def test_stock_is_taken_in_the_order_in_which_orders_take_it(shop):
    goods.some_goods(goods.a_row("Bread", sku="B"), goods.a_row("Milk", sku="M"))
    bread = record("B")
    bread.delete()
    bread.pk = None
    bread.save()

    assert record("M").pk < bread.pk
    with transaction.atomic():
        take_at_once("M")
        loaded = crowds.beside(
            shop, lambda: load(dearer("Bread", "B"), dearer("Milk", "M"))
        )
        assert not loaded.done()
        take_at_once("B")

    assert loaded.result(PATIENCE).updated == 2


def test_a_row_below_what_was_just_promised_is_refused_alone(shop):
    goods.some_goods(goods.a_row("Bread", sku="B"), goods.a_row("Milk", sku="M"))

    with transaction.atomic():
        StockRecord.objects.filter(partner_sku="B").update(num_allocated=5)
        loaded = crowds.beside(
            shop,
            lambda: load(dearer("Bread", "B", stock=3), dearer("Milk", "M", stock=3)),
        )

    report = loaded.result(PATIENCE)
    assert report.updated == 1
    assert ["5 are promised" in no.reason for no in report.refused] == [True]
    assert (record("B").num_in_stock, record("M").num_in_stock) == (20, 3)
