"""What one shop's host answers never holds a word of another shop.

Three shops in which the same things have happened: alder and birch with the same
primary keys, cedar with others. Each has written its own mark everywhere.
"""

import re

import pytest
from django.conf import settings
from django.core.signing import Signer
from support import addresses, canaries, crawler, ground

from accounts.models import User
from storefront.middleware import SALT
from storefront.oscar_apps.order.models import Order
from tenants import context, hosts

#: One filled network serves all of these.
pytestmark = pytest.mark.xdist_group("isolation")

#: A crawl that is not done after so many pages goes in circles.
MOST = 900
STARTS = ["/", "/shop/", "/basket/", "/checkout/", "/orders/", "/account/", "/admin/"]
STARTS += ["/sitemap.xml", "/robots.txt", "/theme.css", "/favicon.svg", "/old"]
STARTS += [
    "/shop/search/?q=bread",
    "/admin/reports/site-history/",
    "/admin/api/main/pages/",
]


@pytest.fixture(scope="module")
def network(django_db_setup, worker_id, django_db_blocker, tmp_path_factory):
    label, media = f"{worker_id}_isolation", tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), ground.network(label=label, media=media) as made:
        yield made


@pytest.fixture
def alder(network, db):
    return network["alder"]


@pytest.fixture
def birch(network, db):
    return network["birch"]


def others(network, own):
    return set().union(
        *(each.betraying for each in network.values() if each is not own)
    )


def browser_of(filled, role):
    people = {"anybody": None, "customer": filled.customer, "owner": filled.owner}
    return filled.browser(people[role])


def every_address(network, filled, *, role):
    """Return every pattern of a shop's host, filled with what each shop has.

    Who may not enter the workspace is turned away before any key is looked at.
    """
    for address in addresses.of("quickcart.urls.shop"):
        for source in network.values():
            is_inside = role == "owner" or not address.template.startswith("/admin/")
            if source is filled or (is_inside and address.blanks):
                yield address.filled(_values_of(source, address))


def _values_of(filled, address):
    """Return what fits the blanks of an address, out of what a shop has."""
    kind = next(
        (
            kind
            for kind, part in {
                "image": "images/",
                "document": "documents/",
                "closure": "closures/",
                "order": "orders/",
                "product": "product",
                "category": "category/",
                "home": "pages/",
            }.items()
            if part in address.template
        ),
        "page",
    )
    keys = {
        "image_id": filled.keys["image"],
        "document_id": filled.keys["document"],
        "_0": filled.keys["document"],
        "page_id": filled.keys["draft"],
        "parent_page_id": filled.keys["home"],
        "page_to_move_id": filled.keys["page"],
        "destination_id": filled.keys["home"],
        "pk": filled.keys[kind],
    }
    words = {
        "reference": filled.references[0],
        "content_type_app_name": "pages",
        "content_type_model_name": "standardpage",
        "app_name": "profile",
        "model_name": "shopprofile",
        "app_label": "wagtailcore",
        "action": "publish",
        "action_name": "approve",
        "category_slug": "bakery/rolls",
        "product_slug": "bread",
        "path": "original_images/red.png",
        "filter_spec": "width-100",
        "_1": "leaflet.txt",
        "uidb36": "3",
        "object_id": str(filled.keys["page"]),
    }
    return {name: {**words, **keys}.get(name, 1) for name in address.blanks}


def visit_all(network, filled, role):
    """Return what a shop's host says to somebody, wherever they look."""
    known = [*STARTS, *every_address(network, filled, role=role)]
    for source in network.values():
        known += source.paths.values()
    paths = [path for path in known if not path.startswith(crawler.LEFT_ALONE)]
    host = filled.host["host"]
    return crawler.crawl(browser_of(filled, role), paths, host=host, most=MOST)


def leaks_in(said, *, words):
    return {
        path: found
        for path, text in said.items()
        if (found := canaries.found_in(text, words))
    }


@pytest.mark.parametrize(
    ("subdomain", "role", "at_least"),
    [
        ("alder", "anybody", 30),
        ("alder", "customer", 30),
        ("alder", "owner", 120),
        ("cedar", "anybody", 30),
    ],
)
def test_no_page_holds_a_word_of_another_shop(network, db, subdomain, role, at_least):
    filled = network[subdomain]

    said = visit_all(network, filled, role)

    assert leaks_in(said, words=others(network, filled)) == {}
    # It saw what there is to be seen, and came to an end.
    assert len(leaks_in(said, words=[filled.mark])) >= at_least
    assert len(said) < MOST


@pytest.mark.parametrize("role", ["anybody", "owner"])
def test_the_detector_sees_a_host_that_leads_to_another_shop(
    network, alder, birch, monkeypatch, role
):
    monkeypatch.setattr(hosts, "shop_of_host", lambda _host: birch.shop)
    client = alder.browser()
    if role == "owner":
        with context.inside(birch.shop):
            client.force_login(birch.owner, backend=ground.BACKEND)

    said = crawler.crawl(client, STARTS[:7], host="alder.localhost", most=15)

    assert len(leaks_in(said, words=others(network, alder))) > 5


# What was another shop's, shown to this one -----------------------------------------


def carried_over(source, target, names):
    """Return a browser at `target` that carries cookies `source` has set."""
    client = target.browser()
    for name in names:
        client.cookies[name] = source.cookies[name].value
    return client


@pytest.mark.parametrize("neighbour", ["birch", "cedar"])
@pytest.mark.parametrize("role", ["customer", "owner"])
def test_a_session_of_another_shop_is_nobody_s_here(network, alder, neighbour, role):
    theirs = browser_of(network[neighbour], role)
    ours = browser_of(alder, role)
    intruder = carried_over(theirs, alder, ["sessionid"])

    for path in ("/account/", "/admin/", "/orders/", "/admin/orders/"):
        response = intruder.get(path)
        assert response.status_code in {302, 404} or path == "/orders/"
        assert not canaries.found_in(crawler.read(response), others(network, alder))
        # Nor are they taken for the one here who has the same key.
        assert alder.customer.email not in response.text
    # Both are still who they were, where they were.
    assert theirs.get("/account/").status_code == 200
    assert ours.get("/account/").status_code == 200


def test_a_session_survives_a_visit_next_door(alder, birch):
    ours = browser_of(alder, "owner")
    visitor = carried_over(ours, birch, ["sessionid"])

    visitor.get("/account/")
    visitor.get("/admin/")
    visitor.post("/account/logout/")

    assert ours.get("/admin/").status_code == 200


def a_filled_basket(filled):
    client = filled.browser()
    client.post(
        "/basket/add/",
        {"product_id": filled.keys["product"], "product": filled.keys["product"]},
    )
    (name,) = set(client.cookies) & {settings.OSCAR_BASKET_COOKIE_OPEN}
    return client, name


@pytest.mark.parametrize("neighbour", ["birch", "cedar"])
def test_a_basket_of_another_shop_is_not_opened(network, alder, neighbour):
    ours, name = a_filled_basket(alder)
    theirs, _name = a_filled_basket(network[neighbour])
    before = ours.get("/basket/bar/").text
    intruder = carried_over(theirs, alder, [name])

    page = intruder.get("/basket/")

    assert alder.browser().get("/basket/bar/").text == intruder.get("/basket/bar/").text
    assert not canaries.found_in(crawler.read(page), others(network, alder))
    assert ours.get("/basket/bar/").text == before
    assert theirs.get("/basket/bar/").text


@pytest.mark.parametrize("is_shared", [False, True], ids=["own keys", "one key"])
def test_a_neighbour_s_signature_is_worth_nothing_unless_keys_are_shared(
    alder, birch, settings, is_shared
):
    if is_shared:
        settings.SECRET_KEY = "one key for every shop, as Django has it by default"
    ours, name = a_filled_basket(alder)
    basket_id = ours.cookies[name].value.partition(":")[0]
    with context.inside(birch.shop):
        signed = Signer(salt=SALT).sign(basket_id)
    intruder = alder.browser()
    intruder.cookies[name] = signed

    bar = intruder.get("/basket/bar/").text

    assert (bar == ours.get("/basket/bar/").text) is is_shared


@pytest.mark.parametrize("neighbour", ["birch", "cedar"])
def test_an_order_of_another_shop_is_not_found(network, alder, neighbour):
    client = browser_of(alder, "owner")
    for reference in network[neighbour].references:
        for end in ("", "state/", "calendar.ics"):
            response = client.get(f"/orders/{reference}/{end}")
            assert response.status_code == 404
        assert client.post(f"/orders/{reference}/cancel/").status_code == 404


@pytest.mark.parametrize(
    ("source", "is_opened"), [("alder", True), ("birch", False), ("cedar", False)]
)
def test_an_invitation_opens_its_own_shop_alone(network, alder, source, is_opened):
    client = alder.browser()

    page = client.get(network[source].paths["invitation"], follow=True)
    client.post(page.request["PATH_INFO"], ground.a_password(page), follow=True)

    with context.inside(alder.shop):
        owner = User.objects.get(pk=alder.owner.pk)
    assert owner.check_password(ground.STOLEN if is_opened else ground.PASSWORD)
    assert client.get("/account/").status_code == (200 if is_opened else 302)


def agreement_of(client):
    page = client.get("/checkout/").text
    return re.search(r'name="agreement" value="([^"]+)"', page)[1]


@pytest.mark.parametrize("neighbour", ["birch", "cedar"])
def test_what_another_shop_s_checkout_has_signed_buys_nothing(
    network, alder, neighbour
):
    theirs, _name = a_filled_basket(network[neighbour])
    ours, _name = a_filled_basket(alder)
    form = {
        "name": "Ana",
        "email": "ana@example.com",
        "agreement": agreement_of(theirs),
        "payment_method": "pay_at_pickup",
    }
    with context.inside(alder.shop):
        before = Order.objects.count()

    answer = ours.post("/checkout/place/", form)

    assert answer.status_code == 409
    with context.inside(alder.shop):
        assert Order.objects.count() == before


@pytest.mark.parametrize("neighbour", ["birch", "cedar"])
def test_a_file_of_another_shop_is_not_served(network, alder, neighbour):
    their = network[neighbour]
    client = alder.browser()

    assert client.get(their.paths["file"]).status_code == 404
    assert client.get(alder.paths["file"]).getvalue() == alder.mark.encode()
    schema = their.shop.schema_name
    for climb in ("../", "..%2f", "%2e%2e/", "....//", "/"):
        path = f"/media/{climb}{schema}{their.paths['file'].removeprefix('/media')}"
        assert client.get(path).status_code in {301, 302, 400, 404}
    leaflet = client.get(their.paths["document"])
    if leaflet.status_code == 200:  # of the same key, so our own
        assert leaflet.getvalue() == alder.mark.encode()
