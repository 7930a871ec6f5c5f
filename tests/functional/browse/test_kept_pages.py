"""Pages that are kept: the same for everybody, and never an old one."""

import gzip
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from factories import goods
from support import queries
from support.keeping import (
    NOW,
    a_visitor,
    commit,
    forget_pages,
    was_kept,
)

from hub.models import ShopCard
from kernel import clock
from pickup.models import PickupSettings
from storefront.oscar_apps.partner.models import StockRecord
from storefront.profile.models import ShopProfile
from tenants import context
from tenants.editions import store
from tenants.models import Shop

pytestmark = pytest.mark.usefixtures("keeping")


def headers_of(response) -> dict[str, str]:
    """Return what it says of itself; each request has a name of its own."""
    return {name: said for name, said in response.items() if name != "X-Request-ID"}


def addresses_of(product) -> list[str]:
    category = product.categories.get()
    return [
        "/",
        "/shop/",
        "/shop/search/?q=apples",
        f"/shop/category/{category.slug}_{category.pk}/",
        goods.card_of(product).url,
        "/sitemap.xml",
    ]


# For everybody


def test_everybody_gets_the_same_bytes_for_one_question(apples):
    commit()
    for address in addresses_of(apples):
        first = a_visitor().get(address)
        with queries.at_most(1):
            second = a_visitor(user_agent="Another").get(address)

        assert first.status_code == 200, address
        assert was_kept(first), address
        assert second.content == first.content
        assert headers_of(second) == headers_of(first)
        assert not first.cookies
        assert "nonce" not in first.text + first.headers["Content-Security-Policy"]


def test_a_kept_page_has_the_policy_it_was_made_with(alder):
    with context.inside(alder):
        ShopProfile.objects.update(brand_colour="#a04030")
    with context.in_public():
        ShopCard.objects.update_or_create(
            shop=alder, defaults={"name": "Alder", "brand_colour": "#a04030"}
        )
    hub = Client(headers={"host": "localhost"})

    answers = [hub.get("/") for _number in range(2)]

    assert "<style>" in answers[0].text
    answers.append(hub.get("/", headers={"if-none-match": answers[1].headers["ETag"]}))
    assert answers[2].status_code == 304
    for answer in answers:
        assert "'sha256-" in answer.headers["Content-Security-Policy"]


def test_the_hub_s_directory_is_kept_too(alder):
    hub = Client(headers={"host": "localhost"})

    first = hub.get("/")
    with queries.at_most(1):
        second = hub.get("/?utm_source=mail")

    assert was_kept(first)
    assert second.content == first.content


def test_a_browser_that_has_it_is_told_so(apples):
    first = a_visitor().get("/shop/")

    again = a_visitor().get("/shop/", headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert not again.content
    assert again["ETag"] == first["ETag"]


def test_it_is_sent_packed_to_those_who_unpack(apples):
    plain = a_visitor().get("/shop/")

    packed = a_visitor().get("/shop/", headers={"accept-encoding": "gzip, br"})

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    assert a_visitor().get("/shop/").content == plain.content


def test_another_process_finds_it(apples):
    first = a_visitor().get("/shop/")
    store.memory.clear()

    with queries.at_most(1):
        second = a_visitor().get("/shop/")

    assert second.content == first.content


@pytest.mark.parametrize("rubbish", ["text", ("a", "b"), None, (1, 2, 3, 4)])
def test_what_another_release_has_kept_is_passed_over(apples, monkeypatch, rubbish):
    monkeypatch.setattr(cache, "get", lambda key: rubbish, raising=False)

    assert "Apples" in a_visitor().get("/shop/").text


# Never an old one


def test_a_change_is_seen_at_the_next_question(apples):
    addresses = addresses_of(apples)
    commit()
    before = {address: a_visitor().get(address).content for address in addresses}

    ShopProfile.objects.update(tagline="Picked this morning")
    apples.title = "Russets"
    apples.save()
    commit()

    for address in addresses[:-1]:
        page = a_visitor().get(address)
        assert page.content != before[address], address


def test_a_page_made_during_a_change_is_not_taken_for_the_new_one(apples, monkeypatch):
    commit()
    keep = store.memory.put

    def change_just_before(key, page):
        monkeypatch.setattr(store.memory, "put", keep)
        ShopProfile.objects.update(tagline="Picked this morning")
        commit()
        keep(key, page)

    monkeypatch.setattr(store.memory, "put", change_just_before)
    before = a_visitor().get("/shop/")
    after = a_visitor().get("/shop/")

    assert "Picked this morning" not in before.text
    assert "Picked this morning" in after.text


def test_a_page_says_what_the_clock_says(apples, monkeypatch):
    PickupSettings.objects.update(opening_hours="Mo-Su 08:00-18:00")
    commit()
    assert "Open until 18:00" in a_visitor().get("/").text

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=14))

    assert "Open until" not in a_visitor().get("/").text


def test_the_name_and_the_state_of_a_shop_are_seen(alder, apples):
    a_visitor().get("/")
    with context.in_public():
        Shop.objects.filter(pk=alder.pk).update(name="Alder & Daughters")
        assert "Alder &amp; Daughters" in a_visitor().get("/").text

        Shop.objects.filter(pk=alder.pk).update(state=Shop.State.SUSPENDED)

    assert a_visitor().get("/").status_code == 503


@pytest.mark.parametrize("is_seen_before", [False, True])
def test_what_the_cards_have_not_heard_of_is_not_kept(apples, is_seen_before):
    """An order and its cancellation between two relays leave no card changed."""
    address = goods.card_of(apples).url
    commit()
    if is_seen_before:
        assert "Sold out" not in a_visitor().get(address).text
        forget_pages()

    StockRecord.objects.filter(product=apples).update(num_allocated=20)
    during = a_visitor().get(address).text
    StockRecord.objects.filter(product=apples).update(num_allocated=0)
    after = a_visitor().get(address).text

    assert "Sold out" in during
    assert "OutOfStock" in during
    assert "Sold out" not in after
    assert "OutOfStock" not in after


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"num_allocated": 18}, "Only 2 left"),
        ({"price": Decimal("9.99")}, "9.99"),
        ({"low_stock_threshold": 30}, "Only 20 left"),
    ],
)
def test_a_product_s_page_shows_what_the_stock_record_says(apples, change, shown):
    address = goods.card_of(apples).url
    commit()
    assert shown not in a_visitor().get(address).text
    forget_pages()

    StockRecord.objects.filter(product=apples).update(**change)
    page = a_visitor().get(address)

    assert shown in page.text
    assert shown in a_visitor().get(address).text


@pytest.mark.slow
def test_readers_in_a_race_with_changes_never_keep_an_old_page(live_database, settings):
    shop = Shop.objects.get(subdomain="alder")
    over, wrong = threading.Event(), []

    def read() -> None:
        with closing(connection):
            while not over.is_set():
                a_visitor().get("/")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with context.inside(shop):
        for number in range(12):
            ShopProfile.objects.update(tagline=f"Tagline {number}.")
            with context.in_public():
                seen = a_visitor().get("/").text
            if f"Tagline {number}." not in seen:
                wrong.append(number)
    over.set()
    for reader in readers:
        reader.join(30)

    assert wrong == []


# Within its room


def test_memory_keeps_to_its_room(settings):
    settings.QUICKCART_PAGE_CACHE_BYTES = 100_000
    for number in range(50):
        store.memory.put(str(number), store.Page("e", NOW, (), bytes(10_000)))

    assert store.memory.get("49")
    assert not store.memory.get("0")
    assert store.memory._size <= 100_000


def test_switched_off_nothing_is_kept(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False

    assert not was_kept(a_visitor().get("/shop/"))
