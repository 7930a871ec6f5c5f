"""What begins a new edition of a shop's pages, and what does not."""

import threading
from contextlib import closing

import pytest
from django.db import connection, transaction
from factories import goods, pages, selling

from hub import directory
from kernel import clock
from pickup import rules
from pickup.models import PickupSettings
from storefront.cards import services as cards
from storefront.oscar_apps.catalogue.models import Category, Product
from storefront.oscar_apps.partner.models import StockRecord
from storefront.profile.models import ShopProfile
from tenants import context, fleet
from tenants.editions import current
from tenants.models import Shop

#: Tables whose rows pages show, and so all that must have their triggers.
WATCHED = {
    "cards_productcard",
    "catalogue_category",
    "catalogue_product",
    "media_shopimage",
    "media_shoprendition",
    "pages_homepage",
    "pages_standardpage",
    "pickup_closure",
    "pickup_pickupsettings",
    "profile_shopprofile",
    "wagtailcore_page",
    "wagtailcore_site",
    "wagtaildocs_document",
}
WATCHED_ON_THE_HUB = {"hub_shopcard", "tenants_shop"}
TRIGGERS = """
SELECT c.relname, array_agg(t.tgname::text ORDER BY t.tgname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = %s::regnamespace AND t.tgname LIKE 'edition%%'
GROUP BY 1
"""


def name_of(schema_name: str) -> str:
    """Return the edition's name as a commit would leave it.

    In a savepoint: what comes later in the test counts as another transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT public.quickcart_edition(%s)", [schema_name])
        return str(cursor.fetchone()[0])


def triggers_in(schema_name: str) -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS, [schema_name])
        return dict(cursor.fetchall())


def test_every_table_that_pages_show_is_watched(alder, cedar):
    both = ["edition_rows", "edition_values"]

    for shop in (alder, cedar):
        assert triggers_in(shop.schema_name) == dict.fromkeys(WATCHED, both)
    assert triggers_in("public") == dict.fromkeys(WATCHED_ON_THE_HUB, both)


def a_new_price(product):
    StockRecord.objects.get(product=product).save()
    record = StockRecord.objects.get(product=product)
    record.price += 1
    record.save()


CHANGES = {
    "a price": a_new_price,
    "an ingredient": lambda product: Product.objects.filter(pk=product.pk).update(
        ingredients="Apples"
    ),
    "a category": lambda product: Category.objects.update(name="Orchard"),
    "the stock's state": lambda product: (
        StockRecord.objects.update(num_in_stock=0),
        cards.refresh_stock([product.pk], now=clock.now()),
    ),
    "a page": lambda product: pages.a_page(pages.a_hero(), title="About"),
    "the looks": lambda product: ShopProfile.objects.update(paper_colour="#ffffff"),
    "the hours": lambda product: PickupSettings.objects.update(
        opening_hours="Mo 08:00-09:00"
    ),
    "a closed day": lambda product: rules.close_days(
        starts_on=clock.now().date(),
        ends_on=clock.now().date(),
        reason="",
        now=clock.now(),
    ),
    "a product that goes": lambda product: product.delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_begins_a_new_edition(shop, birch, change):
    (product,) = goods.some_goods(goods.a_row("Apples"))
    before, others = name_of(shop.schema_name), name_of(birch.schema_name)

    CHANGES[change](product)

    assert name_of(shop.schema_name) != before
    assert name_of(birch.schema_name) == others


def test_what_nobody_sees_begins_none(shop):
    goods.some_goods(goods.a_row("Apples"))
    home = pages.home()
    before = name_of(shop.schema_name)

    home.title = "A draft"
    home.save_revision()
    PickupSettings.objects.update(hours_note="")
    StockRecord.objects.update(num_allocated=1)

    assert name_of(shop.schema_name) == before


def test_an_order_begins_none(shop):
    product = selling.a_product(title="Apples", price="2.50", stock=10)
    before = name_of(shop.schema_name)

    order = selling.an_order((product, 3))

    assert order.pk
    assert name_of(shop.schema_name) == before


def test_the_hub_s_edition_follows_cards_and_shops(alder):
    with context.in_public():
        names = [name_of("public")]
        directory.publish(shop=alder, card={"version": 9_999, "tagline": "New"})
        names.append(name_of("public"))
        Shop.objects.filter(pk=alder.pk).update(state=Shop.State.SUSPENDED)
        names.append(name_of("public"))

    assert len(set(names)) == 3


def test_the_shop_s_own_row_is_part_of_its_edition(alder, settings):
    settings.QUICKCART_EDITIONS = True
    with context.in_public():
        before = current.of_host("alder.localhost")
        Shop.objects.filter(pk=alder.pk).update(name="Alder & Daughters")
        after = current.of_host("ALDER.localhost")

    assert before.name != after.name
    assert current.of_host("nobody.localhost") is None


@pytest.mark.slow
def test_nothing_of_an_edition_is_seen_before_its_commit(live_database):
    """The old name goes with the old rows, whoever reads in between."""
    shop = Shop.objects.get(subdomain="alder")
    changed, seen = threading.Event(), threading.Event()

    def change() -> None:
        with closing(connection), context.inside(shop), transaction.atomic():
            ShopProfile.objects.update(tagline="New")
            changed.set()
            seen.wait(10)

    before = name_of(shop.schema_name)
    writer = threading.Thread(target=change)
    writer.start()
    assert changed.wait(10)
    during = name_of(shop.schema_name)
    seen.set()
    writer.join(10)

    assert during == before
    assert name_of(shop.schema_name) != before


@pytest.mark.slow
def test_writers_do_not_wait_for_one_another(live_database):
    """The edition's row is locked by the commit alone, not by the work before it."""
    shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        goods.some_goods(goods.a_row("Apples"))
    wrote, may_end = threading.Event(), threading.Event()

    def dawdle() -> None:
        with closing(connection), context.inside(shop), transaction.atomic():
            ShopProfile.objects.update(tagline="Slow")
            wrote.set()
            may_end.wait(10)

    slow = threading.Thread(target=dawdle)
    slow.start()
    assert wrote.wait(10)
    with context.inside(shop), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        Category.objects.update(name="Fruit")
    may_end.set()
    slow.join(10)

    assert not slow.is_alive()


@pytest.mark.slow
def test_a_hub_that_knows_squashed_migrations_by_the_whole_is_migrated(live_database):
    """As one that was set up before their parts were noted too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'wagtailcore' AND name IN "
            "(SELECT name FROM django_migrations WHERE app = 'wagtailcore' "
            " AND name ~ '^00(0[1-9]|1[0-6])_' AND name !~ 'squashed')"
        )
        cursor.execute("DELETE FROM django_migrations WHERE app = 'hub' AND name ~ '2'")
        for table in WATCHED_ON_THE_HUB:
            cursor.execute(f"DROP TRIGGER edition_rows ON {table}")
            cursor.execute(f"DROP TRIGGER edition_values ON {table}")

    fleet.migrate_hub(verbosity=0)

    assert set(triggers_in("public")) == WATCHED_ON_THE_HUB
