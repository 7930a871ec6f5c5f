"""The directory: what shops publish, and what the front page shows of it."""

from datetime import UTC, datetime

import pytest

from hub import directory
from hub.models import ShopCard
from tenants import context
from tenants.models import Shop

WEDNESDAY = datetime(2026, 7, 29, 10, tzinfo=UTC)  # 11:00 in Dublin


def card(version: int = 1, **facts: object) -> dict[str, object]:
    return {
        "name": "Alder Grocers",
        "tagline": "Apples first",
        "street": "Mill Street 4",
        "city": "Galway",
        "hours": "Mo-Fr 09:00-18:00",
        "version": version,
        **facts,
    }


def entry_of(shop: Shop, *, now: datetime = WEDNESDAY) -> directory.Entry:
    (entry,) = directory.entries(directory.live_shops().filter(pk=shop.pk), now=now)
    return entry


def test_a_card_is_published(alder):
    assert directory.publish(shop=alder, card=card())

    assert ShopCard.objects.get(shop=alder).city == "Galway"


def test_an_older_card_that_comes_late_changes_nothing(alder):
    directory.publish(shop=alder, card=card(version=2, city="Galway"))

    assert not directory.publish(shop=alder, card=card(version=1, city="Cork"))

    assert ShopCard.objects.get(shop=alder).city == "Galway"


def test_a_card_that_comes_twice_is_one(alder):
    directory.publish(shop=alder, card=card())
    directory.publish(shop=alder, card=card())

    assert ShopCard.objects.filter(shop=alder).count() == 1


def test_what_a_card_cannot_hold_is_left_out(alder):
    directory.publish(
        shop=alder,
        card=card(
            tagline="x" * 500,
            latitude="NaN",
            longitude="9000",
            brand_colour="red;}body{display:none",
            hours=None,
            picture_url=None,
        ),
    )

    kept = ShopCard.objects.get(shop=alder)
    assert len(kept.tagline) == 160
    assert (kept.latitude, kept.longitude) == (None, None)
    assert (kept.brand_colour, kept.hours, kept.picture_url) == ("", "", "")


@pytest.mark.parametrize(
    ("now", "is_open", "note"),
    [
        (datetime(2026, 7, 29, 10, tzinfo=UTC), True, "Open until 18:00"),
        (datetime(2026, 7, 29, 6, tzinfo=UTC), False, "Opens at 09:00"),
        (datetime(2026, 7, 29, 18, tzinfo=UTC), False, "Opens tomorrow at 09:00"),
        (datetime(2026, 7, 31, 18, tzinfo=UTC), False, "Opens Monday at 09:00"),
    ],
)
def test_open_now_is_told_in_the_shops_zone(alder, now, is_open, note):
    directory.publish(shop=alder, card=card())

    entry = entry_of(alder, now=now)

    assert (entry.is_open, entry.open_note) == (is_open, note)


@pytest.mark.parametrize("text", ["", "not hours at all"])
def test_a_shop_without_readable_hours_says_nothing_of_them(alder, text):
    directory.publish(shop=alder, card=card(hours=text))

    assert entry_of(alder).is_open is None


def test_a_picture_is_asked_of_the_shops_own_host_only(alder):
    directory.publish(
        shop=alder,
        card=card(picture_url="https://evil.example/media/a.webp", logo_url="x"),
    )

    entry = entry_of(alder)

    assert entry.picture_url == "http://alder.localhost:8000/media/a.webp"
    assert entry.logo_url == ""


def test_the_front_page_lists_live_shops_with_full_addresses(client, alder, birch):
    directory.publish(shop=alder, card=card())
    Shop.objects.filter(pk=birch.pk).update(state=Shop.State.SUSPENDED)

    page = client.get("/", headers={"host": "localhost"}).content.decode()

    assert 'href="http://alder.localhost:8000/"' in page
    assert "Mill Street 4, Galway" in page
    assert "Birch Grocers" not in page


def test_the_front_page_finds_by_name_and_place(client, alder, birch):
    directory.publish(shop=alder, card=card(city="Gort"))

    page = client.get("/?q=grocers+gort", headers={"host": "localhost"})

    page = page.content.decode()
    assert "Alder Grocers" in page
    assert "Birch Grocers" not in page
    assert "1 shop for “grocers gort”" in page


def test_nothing_found_leads_back_to_all(client, alder):
    page = client.get("/?q=zzz", headers={"host": "localhost"}).content.decode()

    assert "No shop by these words" in page


def test_a_network_without_shops_says_so(client, db):
    Shop.objects.update(state=Shop.State.SUSPENDED)

    page = client.get("/", headers={"host": "localhost"}).content.decode()

    assert "The first shop opens soon" in page


def test_the_front_page_asks_few_questions(
    client, alder, birch, cedar, django_assert_max_num_queries
):
    for shop in (alder, birch, cedar):
        directory.publish(shop=shop, card=card())

    with django_assert_max_num_queries(5):
        response = client.get("/", headers={"host": "localhost"})

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ff%fe", "page=99999999999999999999", "page=x", "q=" + "a" * 5000],
)
def test_odd_questions_get_an_answer(client, alder, query):
    response = client.get(f"/?{query}", headers={"host": "localhost"})

    assert response.status_code in {200, 400}


def test_a_shops_outbox_reaches_the_directory(alder):
    from notifications import handlers

    with context.inside(alder):
        publish = handlers.registration_of("hub_card").handler
        publish(card(), dedupe_key="card:1", now=WEDNESDAY)

    assert ShopCard.objects.get(shop=alder).tagline == "Apples first"
