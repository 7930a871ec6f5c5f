"""Which page an address shows, what search engines see, and bad addresses."""

import pytest
from factories import goods, pages
from support import queries
from wagtail.models import Site

from tenants import context, hosts

ALDER, CEDAR = {"host": "alder.localhost"}, {"host": "cedar.localhost"}


def test_a_page_is_found_below_the_front_page(client, shop):
    about = pages.a_page(("text", "<p>Since 1986.</p>"), title="About us")
    about.add_child(instance=type(about)(title="Farms", body=[]))

    assert "Since 1986." in client.get("/about-us/", headers=ALDER).content.decode()
    assert "Farms" in client.get("/about-us/farms/", headers=ALDER).content.decode()
    assert about.get_url() == "/about-us/"


def test_a_page_takes_few_queries(client, shop):
    pages.a_page(("text", "<p>Since 1986.</p>"))
    client.get("/about-us/", headers=ALDER)

    with queries.at_most(4):
        client.get("/about-us/", headers=ALDER)


def test_the_front_page_may_have_any_slug(client, shop):
    page = pages.home()
    page.slug = "welcome"
    page.save()
    pages.a_page(title="About us")

    assert client.get("/", headers=ALDER).status_code == 200
    assert client.get("/about-us/", headers=ALDER).status_code == 200


def test_a_draft_is_not_found(client, shop):
    pages.a_page(title="Secret", live=False)

    assert client.get("/secret/", headers=ALDER).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/no-such-page/",
        "/home/",
        "/about-us/../",
        "/%E2%80%AE/",
        "/" + "a/" * 300,
        "/" + "x" * 5000 + "/",
        "/%FF%FE/",
        "/a%2Fb/",
    ],
)
def test_an_address_of_nothing_is_a_404(client, shop, path):
    assert client.get(path, headers=ALDER).status_code == 404


@pytest.mark.parametrize("path", ["/%00/", "/?q=%00", "/about%00us/"])
def test_nul_is_refused(client, shop, path):
    assert client.get(path, headers=ALDER).status_code == 400


def test_only_reading_is_allowed(client, shop):
    assert client.post("/", {"a": "b"}, headers=ALDER).status_code in {403, 405}
    assert client.delete("/", headers=ALDER).status_code == 405


def test_an_address_without_its_slash_leads_on(client, shop):
    pages.a_page(title="About us")

    answer = client.get("/about-us", headers=ALDER)

    assert (answer.status_code, answer["Location"]) == (301, "/about-us/")


def test_one_shops_page_is_not_anothers(client, alder, cedar):
    with context.inside(alder):
        pages.a_page(title="Only in alder")

    assert client.get("/only-in-alder/", headers=ALDER).status_code == 200
    assert client.get("/only-in-alder/", headers=CEDAR).status_code == 404


def test_the_cached_roots_of_sites_are_per_shop(alder, cedar):
    with context.inside(alder):
        here = Site.get_site_root_paths()
    with context.inside(cedar):
        there = Site.get_site_root_paths()

    assert here[0].root_url == "http://alder.localhost"
    assert there[0].root_url == "http://cedar.localhost"
    assert here[0].site_id != there[0].site_id


def test_a_page_says_where_it_is_today(shop, settings):
    settings.QUICKCART_SCHEME, settings.QUICKCART_PORT = "https", 8443
    settings.QUICKCART_DOMAIN = "elsewhere.test"

    address = pages.a_page(title="About us").full_url

    assert address == "https://alder.elsewhere.test:8443/about-us/"


def test_search_engines_get_the_shops_own_addresses(client, shop):
    [apples] = goods.some_goods(goods.a_row("Apples"))
    pages.a_page(title="About us")

    robots = client.get("/robots.txt", headers=ALDER)
    sitemap = client.get("/sitemap.xml", headers=ALDER).content.decode()

    assert "Sitemap: http://alder.localhost" in robots.content.decode()
    assert "/about-us/</loc>" in sitemap
    assert f"/shop/apples_{apples.pk}/</loc>" in sitemap
    assert "/shop/category/fruit_" in sitemap
    assert "<loc>http://alder.localhost" in sitemap


def test_a_page_says_what_it_is(client, shop):
    pages.a_page(
        ("text", "<p>Six farms around the bay.</p>"),
        title="About us",
        seo_title="Who we are",
    )

    page = client.get("/about-us/", headers=ALDER).content.decode()

    assert "<title>Who we are · Alder Grocers</title>" in page
    assert '<meta name="description" content="Six farms around the bay.">' in page
    address = hosts.shop_url(shop, "/about-us/")
    assert f'<link rel="canonical" href="{address}">' in page


def test_an_anonymous_page_is_the_same_for_everybody(client, shop):
    [apples] = goods.some_goods(goods.a_row("Apples"))
    pages.show_at_home(pages.a_shelf(apples.pk))

    answer = client.get("/", headers=ALDER)

    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    assert "Cookie" not in answer.get("Vary", "")


def test_the_hub_has_no_workspace_and_no_shop_pages(client, db):
    for path in ["/admin/", "/theme.css", "/sitemap.xml", "/about-us/"]:
        assert client.get(path, headers={"host": "localhost"}).status_code == 404
