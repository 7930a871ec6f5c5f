"""Requests that are wrong outside of their forms: host, cookies, headers, size, links."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client
from factories import goods
from support import ground, hostile

from accounts import invitations
from accounts.models import User
from storefront.middleware import SALT
from tenants import context

ALDER = "alder.localhost"
PAGES = ["/", "/shop/", "/basket/", "/basket/bar/", "/checkout/", "/orders/"]
PAGES += ["/account/", "/account/login/", "/admin/", "/theme.css", "/media/x.png"]
PASSWORD = "kelp-and-barley-19"
BASKET = settings.OSCAR_BASKET_COOKIE_OPEN


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def send(shop):
    """Send alder a request with headers of any kind, as a browser of nobody's."""

    def send(path, method="GET", data=b"", content_type="", **environ):
        client = Client(raise_request_exception=False)
        environ = {"HTTP_HOST": ALDER, **environ}
        return client.generic(method, path, data, content_type, **environ)

    return send


def assert_answered(response, *, below=500):
    assert response.status_code < below
    assert "Traceback (most recent call last)" not in response.text


@pytest.mark.parametrize(
    "path", ["/theme.css", "/favicon.svg", "/media/x.png", "/documents/1/leaflet.pdf"]
)
def test_what_is_only_sent_takes_nothing_in(send, path):
    answers = {method: send(path, method).status_code for method in ("POST", "PUT")}

    assert answers == {"POST": 405, "PUT": 405}


# Hosts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ".",
        "..localhost",
        "alder.localhost.evil.example",
        "alder.localhost@evil.example",
        "alder.localhost/",
        "alder.localhost:port",
        "alder.localhost, birch.localhost",
        "alder.localhost\r\nX-Owned: 1",
        "a\x00b.localhost",
        "-.localhost",
        "_.localhost",
        "[::1]",
        "127.0.0.1",
        "127.0.0.1:8000",
        "алдер.localhost",
        "%61lder.localhost",
        "x" * 5_000 + ".localhost",
        "nobody.localhost",
        "public.localhost",
        "shop_template.localhost",
        "alder.birch.localhost",
    ],
)
def test_a_host_that_is_no_shop_is_told_so(send, host):
    for path in ("/", "/admin/", "/shop/"):
        response = send(path, HTTP_HOST=host)

        assert response.status_code in {400, 404}
        assert "Alder Grocers" not in response.text
        assert not response.cookies


def test_an_unknown_host_leads_to_the_hub(send):
    response = send("/", HTTP_HOST="nobody.localhost")

    assert response.status_code == 404
    assert "http://localhost:" in response.text


@pytest.mark.parametrize("host", ["ALDER.localhost", "alder.localhost:8000"])
def test_a_host_may_be_written_in_other_ways(send, host):
    assert "Alder Grocers" in send("/", HTTP_HOST=host).text


# Cookies ----------------------------------------------------------------------------

COOKIES = [
    "{name}=",
    "{name}=x; {name}=y",
    "{name}=1:forged",
    "{name}=../../../../etc/passwd",
    "{name}=" + "9" * 200,
    "{name}=" + "x" * 9_000,
    '{name}="a\\000b"',
    "{name}=\x01\x7f",
    "{name}=\xff\xfe",
    "{name}=%00%ff",
    "{name}='; DROP TABLE order_order; --",
    "{name}=gASVJAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjARkYXRllIWUUpQu",
    ";;==;{name};=;",
    "; ".join(f"{{name}}{number}=x" for number in range(300)),
]


@pytest.mark.parametrize(
    "name",
    [settings.SESSION_COOKIE_NAME, BASKET, "csrftoken", "messages", "oscar_history"],
)
@pytest.mark.parametrize("cookie", COOKIES, ids=range(len(COOKIES)))
def test_a_spoilt_cookie_is_no_cookie(send, name, cookie):
    for path in PAGES:
        assert_answered(send(path, HTTP_COOKIE=cookie.format(name=name)))


@pytest.mark.parametrize("value", ["0", "-1", "9" * 30, "NaN", "١", "1.5", "", "None"])
def test_a_basket_that_is_signed_and_still_no_basket_is_forgotten(send, value):
    # As bytes travel in a header.
    signed = Signer(salt=SALT).sign(value).encode().decode("latin-1")

    for path in ("/basket/", "/basket/bar/", "/checkout/"):
        response = send(path, HTTP_COOKIE=f"{BASKET}={signed}")
        assert_answered(response, below=400)
        assert response.cookies[BASKET].value == ""


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda text: text[:-1], lambda text: text + "x"]
)
def test_a_basket_cookie_that_was_changed_opens_nothing(send, apples, spoil):
    body = f"product={apples.pk}".encode()
    kind = "application/x-www-form-urlencoded"
    cookie = send("/basket/add/", "POST", body, kind).cookies[BASKET].value
    nothing = send("/basket/bar/").text
    assert send("/basket/bar/", HTTP_COOKIE=f"{BASKET}={cookie}").text != nothing

    found = send("/basket/bar/", HTTP_COOKIE=f"{BASKET}={spoil(cookie)}").text

    assert found == nothing


@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME])
def test_a_session_cookie_that_was_changed_signs_nobody_in(shop, send, name):
    customer = User.objects.create_user("carol@example.com", PASSWORD)
    client = Client(headers={"host": ALDER})
    client.force_login(customer)
    key = client.cookies[name].value

    for spoilt in (key[:-1], key + "x", key.upper(), key[::-1]):
        assert send("/account/", HTTP_COOKIE=f"{name}={spoilt}").status_code == 302
    assert send("/account/", HTTP_COOKIE=f"{name}={key}").status_code == 200


# Headers ----------------------------------------------------------------------------

HEADERS = [
    ("HTTP_ACCEPT_LANGUAGE", "xx-" + "a" * 3_000),
    ("HTTP_ACCEPT_LANGUAGE", "../../etc,*;q=NaN"),
    ("HTTP_ACCEPT_ENCODING", "gzip;q=x,\x00"),
    ("HTTP_ACCEPT", "*/*;q=1e999,\xff"),
    ("HTTP_RANGE", "bytes=-1-5,9999999999999999999-"),
    ("HTTP_IF_MODIFIED_SINCE", "Thu, 99 Foo 99999 25:61:61 GMT"),
    ("HTTP_IF_NONE_MATCH", '"' * 999),
    ("HTTP_REFERER", "http://[bad"),
    ("HTTP_REFERER", "javascript:alert(1)"),
    ("HTTP_ORIGIN", "http://[bad"),
    ("HTTP_USER_AGENT", "\xff\x00" * 500),
    ("HTTP_X_FORWARDED_FOR", "1.2.3.4, '; DROP TABLE x; --, ::::"),
    ("HTTP_X_FORWARDED_PROTO", "gopher"),
    ("HTTP_X_FORWARDED_HOST", "evil.example"),
    ("HTTP_HX_REQUEST", "perhaps"),
    ("HTTP_HX_CURRENT_URL", "http://[bad"),
    ("HTTP_HX_CURRENT_URL", "\xff\x00"),
    ("HTTP_HX_TARGET", "basket-page"),
    ("HTTP_HX_TRIGGER", "<script>alert(1)</script>"),
    ("HTTP_SEC_FETCH_MODE", "sideways"),
    ("CONTENT_LENGTH", "-1"),
    ("CONTENT_LENGTH", "many"),
    ("CONTENT_TYPE", "\xff/\x00; boundary="),
]


@pytest.mark.parametrize(("name", "value"), HEADERS)
def test_a_header_that_means_nothing_does_nothing(send, apples, name, value):
    for is_htmx in (False, True):
        extra = {"HTTP_HX_REQUEST": "true"} if is_htmx else {}
        for path in (*PAGES, goods.card_of(apples).url):
            assert_answered(send(path, **{**extra, name: value}))
        response = send("/basket/add/", "POST", **{**extra, name: value})
        assert_answered(response)
        assert "evil.example" not in str(response.headers)


def test_a_method_nobody_knows_is_refused(send):
    for path in PAGES:
        for method in ("FOO", "get", "CONNECT", "TRACK", "\xff"):
            assert_answered(send(path, method))


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://birch.localhost"]
)
def test_a_page_of_another_site_fills_no_basket(send, apples, origin):
    body = f"product={apples.pk}".encode()
    kind = "application/x-www-form-urlencoded"

    response = send("/basket/add/", "POST", body, kind, HTTP_ORIGIN=origin)

    assert response.status_code == 403
    assert BASKET not in response.cookies


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "\udcff", "9" * 5_000, "a\x00b"])
def test_a_form_without_its_token_is_told_that_it_has_expired(shop, token):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    body = hostile.encoded({"csrfmiddlewaretoken": token, "login": "x"})

    for path in ("/account/login/", "/checkout/place/", "/basket/update/"):
        client.get("/account/login/", headers={"host": ALDER})
        response = client.generic("POST", path, body, hostile.FORM, HTTP_HOST=ALDER)
        assert response.status_code == 403
        assert "Nothing was changed" in response.text


# Size -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/account/login/", "/basket/add/", "/checkout/place/"]
)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=" + b"x" * 3_000_000, hostile.FORM),
        (b"&".join(b"a%d=1" % number for number in range(3_000)), hostile.FORM),
        (
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n'
                % number
                for number in range(3_000)
            )
            + b"--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
        (
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
                b"1\r\n"
                for _number in range(300)
            )
            + b"--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
            b"X-Header: " + b"y" * 200_000 + b"\r\n\r\n1\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=["long", "many fields", "many parts", "many files", "long header"],
)
def test_a_body_that_is_too_much_is_refused(send, path, body, kind):
    response = send(path, "POST", body, kind)

    assert_answered(response)
    if path != "/checkout/place/":
        assert not response.cookies.get(BASKET)


def test_an_address_that_is_too_long_is_answered(send):
    for path in (
        f"/{'x/' * 4_000}",
        f"/shop/search/?q={'x' * 60_000}",
        f"/?{'a=1&' * 5_000}",
    ):
        assert_answered(send(path))


# Links that are signed --------------------------------------------------------------


def path_of_invitation(shop, user):
    return invitations.url_for(user, shop).partition(f":{settings.QUICKCART_PORT}")[2]


def choose_password(path):
    """Open a link and choose a password; return the last page."""
    client = Client(headers={"host": ALDER}, raise_request_exception=False)
    page = client.get(path, follow=True)
    return client.post(page.request["PATH_INFO"], ground.a_password(page), follow=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path[:-2] + ("1/" if path[-2] == "0" else "0/"),
        lambda path: path.replace("key/", "key/9"),
        lambda path: path.replace("-", "-0", 1),
        lambda path: path[: len(path) // 2] + "/",
        lambda path: path.upper().replace(
            "/ACCOUNT/PASSWORD/RESET/KEY/", "/account/password/reset/key/"
        ),
    ],
)
def test_a_reset_link_that_was_changed_opens_nothing(shop, spoil):
    user = User.objects.create_user("carol@example.com", PASSWORD)

    page = choose_password(spoil(path_of_invitation(shop, user)))

    assert_answered(page)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_reset_link_that_has_expired_says_so(shop, settings):
    user = User.objects.create_user("carol@example.com", PASSWORD)
    path = path_of_invitation(shop, user)
    settings.PASSWORD_RESET_TIMEOUT = -1

    page = choose_password(path)

    assert page.status_code == 200
    assert (
        "expired" in page.text or "no longer" in page.text or "not valid" in page.text
    )
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_reset_link_opens_once(shop):
    user = User.objects.create_user("carol@example.com", PASSWORD)
    path = path_of_invitation(shop, user)
    choose_password(path)
    user.refresh_from_db()
    assert user.check_password(ground.STOLEN)
    user.set_password(PASSWORD)
    user.save()

    client = Client(headers={"host": ALDER})
    page = client.get(path, follow=True)
    client.post(page.request["PATH_INFO"], ground.a_password(page))

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_hub_s_links_are_nothing_in_a_shop(shop):
    with context.in_public():
        admin = User.objects.create_superuser("admin@example.com", PASSWORD)
        session = Client(headers={"host": "localhost"})
        session.force_login(admin)
    visitor = Client(headers={"host": ALDER})
    visitor.cookies["sessionid"] = session.cookies["sessionid"].value

    assert visitor.get("/admin/").status_code == 302
    assert visitor.get("/account/").status_code == 302
    assert session.get("/platform/").status_code == 200
