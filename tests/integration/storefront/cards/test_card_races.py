"""Two who change one product at the same moment, on real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import connection, transaction
from factories import goods

from storefront.cards import services, sources
from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(live_database):
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        yield shop


def change_both_at_once(shop, product, monkeypatch):
    """Give it a new title and a new price in two transactions that overlap.

    Each has changed its own part before either makes the card, and neither writes
    the card before both have read, if both get so far.
    """
    changed, read = threading.Barrier(2), threading.Barrier(2)
    cards_of = sources.cards_of

    def slowly(*args, **kwargs):
        cards = cards_of(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            read.wait(timeout=1)
        return cards

    def run(change):
        try:
            with context.inside(shop), transaction.atomic():
                change()
                changed.wait(timeout=10)
                services.rebuild([product.pk], now=goods.NOW)
        finally:
            connection.close()

    products = Product.objects.filter(pk=product.pk)
    records = StockRecord.objects.filter(product=product)
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(sources, "cards_of", slowly)
        changes = [
            lambda: products.update(title="New title"),
            lambda: records.update(price=Decimal("9.99")),
        ]
        list(pool.map(run, changes))
    card = goods.card_of(product)
    return card.title, card.price


def test_the_card_shows_both_changes(shop, monkeypatch):
    (product,) = goods.some_goods(goods.a_row("Old title"))

    shown = change_both_at_once(shop, product, monkeypatch)

    assert shown == ("New title", Decimal("9.99"))


def test_without_the_lock_one_change_is_lost(shop, monkeypatch):
    """The negative control: what the test above sees when nobody waits."""
    (product,) = goods.some_goods(goods.a_row("Old title"))
    monkeypatch.setattr(services, "_lock", lambda ids: None)

    shown = change_both_at_once(shop, product, monkeypatch)

    assert shown in {("New title", Decimal("2.50")), ("Old title", Decimal("9.99"))}
