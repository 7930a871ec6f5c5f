"""Pages that are kept: never another shop's, never a person's."""

import pytest
from factories import goods, pages, staff
from support import queries
from support.keeping import a_visitor, forget_pages, was_kept

from accounts.roles import Role
from tenants import context
from tenants.editions import store

pytestmark = pytest.mark.usefixtures("keeping")


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
    forget_pages()

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


def test_who_has_a_session_is_answered_apart(apples, monkeypatch):
    owner = staff.signed_in(staff.a_member(Role.OWNER))
    a_visitor().get("/shop/")
    kept = []
    for place in (store, store.memory):
        name = "share" if place is store else "put"
        monkeypatch.setattr(place, name, lambda key, page: kept.append(key))

    page = owner.get("/shop/")
    forget_pages()
    owner.get("/shop/")

    assert page["Cache-Control"] == "private, no-cache"
    assert kept == []
    a_visitor().get("/shop/")
    assert kept


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
