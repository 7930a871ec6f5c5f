"""Accounts on the hub and in shops."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from accounts import devices
from accounts.models import User
from tenants import context

HUB, ALDER = {"host": "localhost"}, {"host": "alder.localhost"}
PASSWORD = "kelp-and-barley-19"


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def customer(alder):
    with context.inside(alder):
        return User.objects.create_user("carol@example.com", PASSWORD)


def sign_in(client: Client, host: dict[str, str], email: str, **more: str):
    return client.post(
        "/account/login/", {"login": email, "password": PASSWORD} | more, headers=host
    )


def test_an_admin_comes_to_the_shops(client, db):
    User.objects.create_superuser("admin@example.com", PASSWORD)

    answer = sign_in(client, HUB, "Admin@example.com")

    assert answer["Location"] == "/platform/"


def test_a_customer_comes_to_their_account(client, customer):
    answer = sign_in(client, ALDER, customer.email)

    assert answer["Location"] == "/account/"
    page = client.get("/account/", headers=ALDER).content.decode()
    assert "carol@example.com" in page
    assert "Alder Grocers" in page


def test_a_customer_of_one_shop_is_unknown_in_another(client, customer, birch):
    answer = sign_in(client, {"host": "birch.localhost"}, customer.email)

    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://birch.localhost/",  # another shop is another house
        "javascript:alert(1)",
        "/\\evil.example",
    ],
)
def test_sign_in_leads_to_no_other_host(client, customer, target):
    answer = sign_in(client, ALDER, customer.email, next=target)

    assert answer["Location"] == "/account/"


def test_sign_in_leads_where_it_was_asked_for(client, customer):
    answer = sign_in(client, ALDER, customer.email, next="/checkout/")

    assert answer["Location"] == "/checkout/"


def test_to_be_remembered_is_asked_for(client, customer):
    sign_in(client, ALDER, customer.email)
    assert client.cookies["sessionid"]["expires"] == ""

    other = Client()
    sign_in(other, ALDER, customer.email, remember="on")
    assert other.cookies["sessionid"]["expires"] != ""


def test_nobody_signs_up_on_the_hub(client, db):
    page = client.get("/account/signup/", headers=HUB).content.decode()
    client.post(
        "/account/signup/",
        {"email": "x@example.com", "password1": PASSWORD},
        headers=HUB,
    )

    assert "Accounts are made in the shops" in page
    assert not User.objects.filter(email="x@example.com").exists()


@pytest.mark.parametrize("email", ["carol@example.com", "stranger@example.com"])
def test_a_reset_does_not_tell_who_has_an_account(client, customer, email):
    answer = client.post("/account/password/reset/", {"email": email}, headers=ALDER)

    assert answer["Location"] == "/account/password/reset/done/"
    assert mail.outbox[0].to == [email]


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(client, customer):
    client.post("/account/password/reset/", {"email": customer.email}, headers=ALDER)
    (letter,) = mail.outbox
    path = re.search(r"http://alder\.localhost(\S+)", letter.body).group(1)

    form = client.get(path, headers=ALDER, follow=True)
    assert "Choose a new password" in form.content.decode()
    answer = client.post(
        form.redirect_chain[-1][0],
        {"password1": "another-" + PASSWORD, "password2": "another-" + PASSWORD},
        headers=ALDER,
    )

    assert answer["Location"] == "/account/"
    assert letter.from_email.startswith("Alder Grocers <")
    assert letter.subject == "A new password for Alder Grocers"


def test_guessing_passwords_is_stopped(client, customer):
    for _attempt in range(12):
        answer = client.post(
            "/account/login/",
            {"login": customer.email, "password": "wrong"},
            headers=ALDER,
        )

    assert "Too many" in answer.content.decode() or answer.status_code == 429


def guess(client: Client, email: str, *, times: int) -> None:
    for number in range(times):
        client.post(
            "/account/login/",
            {"login": email, "password": "wrong"},
            headers=ALDER,
            REMOTE_ADDR=f"192.0.2.{number}",
        )


def test_strangers_who_guess_shut_nobody_out_where_they_have_signed_in(customer):
    known, unknown = Client(), Client()
    sign_in(known, ALDER, customer.email)
    known.post("/account/logout/", headers=ALDER)

    guess(Client(), customer.email, times=6)

    assert sign_in(unknown, ALDER, customer.email).status_code == 200
    assert sign_in(known, ALDER, customer.email).status_code == 302


def test_a_known_device_guesses_no_more_than_another(customer):
    known = Client()
    sign_in(known, ALDER, customer.email)
    known.post("/account/logout/", headers=ALDER)

    guess(known, customer.email, times=6)

    assert sign_in(known, ALDER, customer.email).status_code == 200


def test_a_device_is_known_to_its_own_account_and_shop_alone(
    client, customer, alder, birch
):
    sign_in(client, ALDER, customer.email)
    request = RequestFactory().get("/")
    request.COOKIES["device"] = client.cookies["device"].value

    with context.inside(alder):
        assert devices.name_of(request, email=customer.email)
        assert not devices.name_of(request, email="other@example.com")
    with context.inside(birch):
        assert not devices.name_of(request, email=customer.email)
    assert customer.email not in str(request.COOKIES)


@pytest.mark.parametrize("host", [HUB, ALDER])
def test_guessing_reset_links_is_stopped(client, alder, settings, host):
    settings.QUICKCART_LIMITS = True

    answers = [
        client.get(f"/account/password/reset/key/1-abc-{n:032x}/", headers=host)
        for n in range(12)
    ]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("path", "host"),
    [
        (path, host)
        for host in (HUB, ALDER)
        for path in (
            "/account/login/",
            "/account/password/reset/",
            "/account/password/reset/done/",
            "/account/password/reset/key/1-abc-def/",
            "/account/password/reset/key/zzzzzzzzzzzzzzzzzzzz-abc-def/",
            "/account/inactive/",
        )
    ],
)
def test_pages_of_the_account_stand_on_both_hosts(client, alder, path, host):
    assert client.get(path, headers=host).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/account/", "/account/email/", "/account/password/change/", "/account/logout/"],
)
def test_pages_for_oneself_stand_for_those_signed_in(client, customer, path):
    sign_in(client, ALDER, customer.email)

    assert client.get(path, headers=ALDER).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"login": "a\x00b@example.com", "password": "x\x00"},
        {"login": "a" * 100_000 + "@example.com", "password": "x" * 100_000},
        {},
    ],
)
def test_odd_sign_ins_get_an_answer(client, alder, body):
    answer = client.post("/account/login/", body, headers=ALDER)

    assert answer.status_code in {200, 400}


def test_a_tampered_session_is_no_session(client, customer):
    sign_in(client, ALDER, customer.email)
    client.cookies["sessionid"] = client.cookies["sessionid"].value[::-1]

    assert client.get("/account/", headers=ALDER).status_code == 302


def test_a_session_of_one_shop_is_worth_nothing_in_another(client, customer, birch):
    sign_in(client, ALDER, customer.email)

    answer = client.get("/account/", headers={"host": "birch.localhost"})

    assert answer.status_code == 302


def test_the_form_speaks_in_our_words(client, alder):
    page = client.get("/account/login/", headers=ALDER).content.decode()

    assert "E-mail" in page
    assert "Stay signed in on this device" in page
    assert "Remember Me" not in page


def test_signing_in_and_out_is_not_announced(client, customer):
    sign_in(client, ALDER, customer.email)
    inside = client.get("/account/", headers=ALDER).content.decode()
    client.post("/account/logout/", headers=ALDER)
    outside = client.get("/account/login/", headers=ALDER).content.decode()

    assert "Successfully signed in" not in inside
    assert "signed out" not in outside


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_workspace_has_no_sign_in_of_its_own(client, alder, customer, method):
    answer = client.generic(
        method,
        "/admin/login/",
        f"username={customer.email}&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
        query_params={"next": "/admin/orders/"},
        headers=ALDER,
    )

    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=%2Fadmin%2Forders%2F"
    assert client.get("/account/", headers=ALDER).status_code == 302
