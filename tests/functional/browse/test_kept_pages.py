"""Pages that are kept: the same for everybody, never another's, never an old one."""

import gzip
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from factories import goods, pages, selling, staff
from support import queries

from accounts.roles import Role
from hub.models import ShopCard
from kernel import clock
from pickup.models import PickupSettings
from storefront import frame
from storefront.profile.models import ShopProfile
from tenants import context
from tenants.editions import current, store
from tenants.editions.parts import LatestParts
from tenants.models import Shop

ALDER = {"host": "alder.localhost"}
KEPT = "public, max-age=0, s-maxage=1, must-revalidate"
#: Open, and far from closing.
NOW = selling.NOW


@pytest.fixture(autouse=True)
def keeping(settings, monkeypatch):
    """Keep pages as in production; nothing is left of the test before."""
    settings.QUICKCART_EDITIONS = True
    settings.QUICKCART_PAGE_CACHE = True
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # Names of editions that were never committed come again in the next test.
    monkeypatch.setattr(frame, "_frames", LatestParts(most=10))
    monkeypatch.setattr(frame, "_parts", LatestParts(most=100))
    store.memory.clear()
    cache.clear()
    current.forget()
    yield
    store.memory.clear()
    cache.clear()


@pytest.fixture
def apples(shop):
    (apples,) = goods.some_goods(goods.a_row("Apples"))
    return apples


def commit() -> None:
    """Do what a commit would: begin the edition that changes have asked for."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def a_visitor(host: str = "alder.localhost", **headers: str) -> Client:
    return Client(headers={"host": host, **headers})


def was_kept(response) -> bool:
    return response.headers.get("Cache-Control") == KEPT


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


# Never another's


def test_a_shop_s_page_is_no_other_shop_s(alder, birch):
    shown = {}
    for shop in (alder, birch):
        with context.inside(shop):
            goods.some_goods(goods.a_row(f"{shop.subdomain} apples"))
    for _round in range(2):
        for shop in (alder, birch):
            shown[shop] = a_visitor(f"{shop.subdomain}.localhost").get("/shop/").text

    assert "alder apples" in shown[alder]
    assert "birch apples" in shown[birch]
    assert "birch apples" not in shown[alder]
    assert "alder apples" not in shown[birch]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "ALDER.localhost"},
        {"host": "alder.localhost:31337"},
        {"x-forwarded-host": "evil.example"},
        {"x-original-url": "/basket/", "x-rewrite-url": "/basket/"},
        {"x-forwarded-proto": "https"},
        {"range": "bytes=0-10"},
        {"x-http-method-override": "POST"},
        {"cookie": "basket=1:forged; csrftoken=mine; theme=evil.example"},
        {"accept-language": "de", "user-agent": "evil.example"},
    ],
)
def test_nothing_a_visitor_sends_reaches_the_next(apples, headers):
    clean = a_visitor().get("/shop/").text
    store.memory.clear()
    cache.clear()

    a_visitor(**{"host": "alder.localhost", **headers}).get("/shop/?evil=evil.example")
    page = a_visitor().get("/shop/")

    assert page.status_code == 200
    assert page.text == clean


@pytest.mark.parametrize(
    "host", ["alder.localhost.evil.example", "nobody.localhost", ""]
)
def test_a_host_that_is_nobody_s_is_not_kept(apples, host):
    a_visitor().get("/shop/")

    page = a_visitor(host).get("/shop/")

    assert page.status_code in {400, 404}
    assert not was_kept(page)


def test_a_question_for_the_head_keeps_nothing(apples):
    assert not was_kept(a_visitor().head("/shop/"))
    a_visitor().get("/shop/")

    assert was_kept(a_visitor().head("/shop/"))


def test_what_pages_do_not_read_of_an_address_makes_no_other_page(apples):
    page = a_visitor().get("/shop/search/?q=apples")

    with queries.at_most(1):
        same = a_visitor().get("/shop/search/?fbclid=1&q=apples&x=%FF")
    other = a_visitor().get("/shop/search/?q=pears")

    assert same.content == page.content
    assert other.content != page.content


def test_an_endless_address_is_answered_and_not_kept(apples):
    page = a_visitor().get(f"/shop/search/?q={'a' * 700}")

    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-cache"


# Never a person's


def test_who_has_a_session_is_answered_apart(apples):
    owner = staff.signed_in(staff.a_member(Role.OWNER))
    a_visitor().get("/shop/")

    page = owner.get("/shop/")
    store.memory.clear()
    cache.clear()
    owner.get("/shop/")

    assert page["Cache-Control"] == "private, no-cache"
    with pytest.raises(AssertionError), queries.at_most(1):
        a_visitor().get("/shop/")


def test_a_message_is_for_one(apples):
    visitor = a_visitor()
    added = visitor.post(
        "/basket/add/", {"product": apples.pk, "quantity": 1, "next": "/shop/"}
    )
    assert added.status_code == 302

    page = visitor.get("/shop/")

    assert "is in your basket" in page.text
    assert "is in your basket" not in a_visitor().get("/shop/").text


@pytest.mark.parametrize(
    "address",
    ["/basket/", "/basket/bar/", "/account/login/", "/no-such-page/", "/admin/"],
)
def test_what_is_a_person_s_is_never_kept(apples, address):
    for _round in range(2):
        assert not was_kept(a_visitor().get(address))


def test_a_draft_is_not_kept(apples):
    owner = staff.signed_in(staff.a_member(Role.OWNER))
    address = f"/admin/pages/{pages.home().pk}/edit/preview/"
    owner.post(address, pages.a_form("Home", pages.a_hero("A draft")))

    assert "A draft" in owner.get(address).text
    assert "A draft" not in a_visitor().get("/").text


def test_whoever_brings_a_key_of_his_own_is_answered_apart(apples):
    page = a_visitor(authorization="Bearer secret").get("/shop/")

    assert page["Cache-Control"] == "private, no-cache"


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


# Parts of pages


def test_the_frame_is_made_once_for_all_pages_of_an_edition(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    commit()
    a_visitor().get("/shop/")

    with queries.at_most(2):
        page = a_visitor().get("/shop/")

    assert "Apples" in page.text


def test_the_current_aisle_is_that_of_the_page(apples, settings):
    settings.QUICKCART_PAGE_CACHE = False
    category = apples.categories.get()
    address = f"/shop/category/{category.slug}_{category.pk}/"

    for _round in range(2):
        here = f'href="{address}" aria-current="page"'
        assert here in a_visitor().get(address).text
        assert here not in a_visitor().get("/shop/").text


def test_a_basket_s_number_is_not_kept_in_the_header(apples):
    visitor = a_visitor()
    visitor.post("/basket/add/", {"product": apples.pk, "quantity": 3})

    assert 'id="basket-count" data-count="3"' in visitor.get("/basket/").text
    assert 'id="basket-count" data-count="0"' in a_visitor().get("/shop/").text


def test_parts_are_forgotten_in_their_turn():
    parts = LatestParts(most=2)

    def get(key, edition="one", now=NOW):
        made = []
        end = NOW + timedelta(hours=1)
        parts.get(
            key,
            edition=edition,
            now=now,
            make=lambda: made.append(key) or key,
            until=lambda _part: end,
        )
        return bool(made)

    assert get("a")
    assert not get("a")
    assert get("a", edition="two")
    assert get("a", edition="two", now=NOW + timedelta(hours=2))
    assert get("b")
    assert get("c")
    assert get("a", edition="two")
    assert get("a", edition="")
