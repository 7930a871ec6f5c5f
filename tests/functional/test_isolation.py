"""What one shop gave a visitor, case by case: worth nothing in another.

Three shops in which the same things have happened: alder and birch with the same
primary keys, cedar with others. Each has written its own mark everywhere. What all
pages of a shop say is read by `attack.isolation`.
"""

import re

import pytest
from django.conf import settings
from django.core.signing import Signer
from support import canaries, crawler, ground

from accounts.models import User
from storefront.middleware import SALT
from storefront.oscar_apps.order.models import Order
from tenants import context

#: One filled network serves all of these.
pytestmark = pytest.mark.xdist_group("isolation")


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
    named = ours.cookies[name].value.rpartition(":")[0]
    with context.inside(birch.shop):
        signed = Signer(salt=SALT).sign(named)
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
