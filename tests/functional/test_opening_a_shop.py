"""An admin opens a shop, its owner accepts the invitation and works in it."""

import re
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.test import Client

from accounts import invitations
from accounts.models import User
from hub import forms
from kernel import clock
from quickcart.observability import metrics
from tenants import context, provisioning
from tenants.models import Domain, Shop

HUB = {"host": "localhost"}
FORM = {
    "name": "Delia & Sons",
    "subdomain": "delia",
    "time_zone": "Europe/Dublin",
    "currency": "EUR",
    "owner_name": "Delia Doyle",
    "owner_email": "Delia@example.com",
}
UNIQUE_ADDRESSES = """
SELECT conrelid::regclass::text, conname
FROM pg_constraint
WHERE contype = 'u' AND conrelid IN ('tenants_shop'::regclass, 'tenants_domain'::regclass)
  AND pg_get_constraintdef(oid) IN ('UNIQUE (subdomain)', 'UNIQUE (domain)')
"""
PASSWORD = "kelp-and-barley-19"


@pytest.fixture
def admin(client, db):
    client.force_login(User.objects.create_superuser("admin@example.com"))
    return client


def post_form(client: Client, **changes: str):
    return client.post("/platform/shops/open/", FORM | changes, headers=HUB)


def test_an_admin_opens_a_shop_and_its_owner_signs_in(admin):
    answer = post_form(admin)

    assert answer["Location"] == "/platform/shops/delia/"
    page = admin.get(answer["Location"], headers=HUB).content.decode()
    assert "Delia &amp; Sons is open. It took" in page
    assert 'href="http://delia.localhost:8000/"' in page
    link = urlsplit(re.search(r'value="(http://delia[^"]+)"', page).group(1))

    owner, host = Client(), {"host": "delia.localhost"}
    form = owner.get(link.path, headers=host, follow=True)
    assert "Choose your password" in form.content.decode()
    done = owner.post(
        form.redirect_chain[-1][0],
        {"password1": PASSWORD, "password2": PASSWORD},
        headers=host,
    )
    assert done["Location"] == "/admin/"
    assert owner.get("/admin/", headers=host).status_code == 200

    page = admin.get("/platform/shops/delia/", headers=HUB).content.decode()
    assert "Has chosen a password" in page


def test_an_invitation_works_once(admin):
    post_form(admin)
    shop = Shop.objects.get(subdomain="delia")
    user = invitations.owner_of(shop)
    path = urlsplit(invitations.url_for(user, shop)).path
    with context.inside(shop):
        user.set_password(PASSWORD)
        user.save()

    page = Client().get(path, headers={"host": "delia.localhost"}).content.decode()

    assert "This link no longer works" in page
    assert "Send me a new link" in page


def test_an_invitation_ends(admin, settings):
    post_form(admin)
    shop = Shop.objects.get(subdomain="delia")
    path = urlsplit(invitations.url_for(invitations.owner_of(shop), shop)).path
    settings.PASSWORD_RESET_TIMEOUT = -1

    page = Client().get(path, headers={"host": "delia.localhost"}).content.decode()

    assert "This link no longer works" in page


def test_an_invitation_means_nothing_in_another_shop(alder, birch):
    """Both owners have the same primary key; only the signing keys differ."""
    owner = invitations.owner_of(alder)
    path = urlsplit(invitations.url_for(owner, alder)).path
    client = Client()

    there = client.get(path, headers={"host": "birch.localhost"}).content.decode()
    here = client.get(path, headers={"host": "alder.localhost"})

    assert "This link no longer works" in there
    assert here.status_code == 302


def test_the_invitation_letter_carries_the_link(alder):
    owner = invitations.owner_of(alder)

    subject, text, html = invitations.message(owner, alder)

    assert subject == "Alder Grocers is open: choose your password"
    for body in (text, html):
        assert "http://alder.localhost:8000/account/password/reset/key/" in body
    assert "Hello Olive" in text


def test_a_form_sent_twice_shows_the_same_shop(admin):
    first = post_form(admin)
    again = post_form(admin)

    assert again.status_code == 302
    assert again["Location"] == first["Location"]
    assert Shop.objects.filter(subdomain="delia").count() == 1


def test_an_address_left_empty_is_made_of_the_name(admin):
    answer = post_form(admin, subdomain="")

    assert answer["Location"] == "/platform/shops/delia-sons/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subdomain": "alder"}, "belongs to another shop"),
        ({"subdomain": "admin"}, "kept for the network"),
        ({"subdomain": "de lia"}, "small letters, digits and hyphens"),
        ({"subdomain": "-x-"}, "small letters, digits and hyphens"),
        ({"name": ""}, "This field is required"),
        ({"name": "a\x00b"}, "Null characters are not allowed"),
        ({"name": "x" * 5000}, "at most 80 characters"),
        ({"name": "!!!", "subdomain": ""}, "small letters, digits and hyphens"),
        ({"time_zone": "Europe/Atlantis"}, "is not a time zone"),
        ({"currency": "XXX"}, "Select a valid choice"),
        ({"owner_email": "nobody"}, "Enter a valid email address"),
        ({"owner_email": "a" * 300 + "@example.com"}, "254"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(admin, alder, changes, words):
    answer = post_form(admin, **changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Delia Doyle" in page
    assert not Shop.objects.filter(subdomain="delia").exists()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("subdomain=delia", "Free:"),
        ("subdomain=Alder", "belongs to another shop"),
        ("subdomain=hub", "kept for the network"),
        ("subdomain=a_b", "small letters"),
        ("name=Alder", "http://alder-2.localhost:8000/"),
        ("name=Caf%C3%A9+Noir", "http://cafe-noir.localhost:8000/"),
        ("name=%E2%80%A6", "Leave it empty"),
        ("", "Leave it empty"),
        ("subdomain=" + "a" * 9000, "small letters"),
    ],
)
def test_an_address_is_judged_while_it_is_typed(admin, alder, query, words):
    answer = admin.get(f"/platform/shops/address/?{query}", headers=HUB)

    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    ["/platform/", "/platform/shops/open/", "/platform/shops/alder/"],
)
def test_only_admins_pass(client, alder, path):
    stranger = client.get(path, headers=HUB)
    client.force_login(User.objects.create_user("u@example.com", is_staff=True))
    other = client.get(path, headers=HUB)

    assert stranger["Location"] == f"/account/login/?next={path}"
    assert other.status_code == 403


def test_a_shops_owner_is_nobody_on_the_hub(alder):
    """The session of a shop's first user must not be that of the hub's first."""
    client = Client()
    User.objects.create_superuser("admin@example.com")
    with context.inside(alder):
        owner = User.objects.get(email="owner@alder.example")
        client.force_login(owner)

    assert client.get("/platform/", headers=HUB).status_code == 302


def test_an_unknown_shop_of_the_platform_is_not_found(admin):
    assert admin.get("/platform/shops/nope/", headers=HUB).status_code == 404


def test_a_broken_encoding_is_no_error_of_ours(admin):
    answer = admin.post(
        "/platform/shops/open/",
        b"name=%ff%fe&subdomain=%00",
        content_type="application/x-www-form-urlencoded",
        headers=HUB,
    )

    assert answer.status_code in {400, 422}


def test_an_unknown_host_leads_to_the_hub(client, db):
    answer = client.get("/", headers={"host": "nowhere.localhost"})

    assert answer.status_code == 404
    assert 'href="http://localhost:8000/"' in answer.content.decode()


def test_a_suspended_shop_leads_to_the_others(client, alder):
    Shop.objects.filter(pk=alder.pk).update(state=Shop.State.SUSPENDED)

    answer = client.get("/", headers={"host": "alder.localhost"})

    assert answer.status_code == 503
    assert "Alder Grocers is closed for now" in answer.content.decode()


def _answered(status: str) -> float:
    counted = (
        sample.value
        for metric in metrics.requests.collect()
        for sample in metric.samples
        if sample.name == "quickcart_requests_total"
        and sample.labels["status"] == status
    )
    return sum(counted)


def test_what_a_suspended_shop_answers_is_no_error(client, alder, caplog):
    Shop.objects.filter(pk=alder.pk).update(state=Shop.State.SUSPENDED)
    before = {status: _answered(status) for status in ("suspended", "5xx")}

    client.get("/", headers={"host": "alder.localhost"})
    client.post("/basket/add/", headers={"host": "alder.localhost"})

    assert _answered("suspended") == before["suspended"] + 2
    assert _answered("5xx") == before["5xx"]
    assert not [line for line in caplog.records if line.levelname == "ERROR"]


def press_at_once() -> list[str]:
    """Have two admins send the form for one address at the same moment."""
    gate, outcomes = Barrier(2), []

    def press(owner_email: str) -> None:
        form = forms.OpenShopForm(FORM | {"owner_email": owner_email})
        assert form.is_valid()
        gate.wait()
        try:
            provisioning.open_shop(application=form.application(), now=clock.now())
            outcomes.append("opened")
        except provisioning.SubdomainTaken:
            outcomes.append("taken")
        finally:
            connections.close_all()

    names = ("ann", "bob")
    threads = [Thread(target=press, args=(f"{name}@example.com",)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.slow
def test_of_two_admins_at_once_one_opens_the_shop(live_database):
    """The address is decided by the database, after both checks said yes."""
    assert press_at_once() == ["opened", "taken"]

    shop = Shop.objects.get(subdomain="delia")
    assert Domain.objects.filter(tenant=shop).count() == 1
    assert invitations.owner_of(shop).email == shop.owner_email


@pytest.mark.slow
def test_without_the_databases_word_both_would_open_it(live_database):
    """The negative control: the race above is a race."""
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE_ADDRESSES)
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')

    assert press_at_once() == ["opened", "opened"]
