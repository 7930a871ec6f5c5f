"""What every answer says to the browser about itself, and what it leaves with it."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from factories import goods, pages, staff

from accounts.models import User
from accounts.roles import Role
from hub import directory
from tenants import context
from tenants.models import Shop

ROOT = Path(__file__).resolve().parents[2]
ALDER, HUB = {"host": "alder.localhost"}, {"host": "localhost"}

#: Pages that are the same for everybody, and so may be kept by anybody.
FOR_EVERYBODY = [
    "/",
    "/about-us/",
    "/shop/",
    "/shop/search/?q=apples",
    "category",
    "product",
    "/theme.css",
    "/favicon.svg",
    "/robots.txt",
    "/sitemap.xml",
]
FOR_ONE = [
    "/no-such-page/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
]
ON_THE_HUB = ["/", "/account/login/", "/platform/", "/no-such-page/"]
IN_THE_WORKSPACE = ["/admin/", "/admin/pages/", "/admin/no-such-page/"]


@pytest.fixture
def addresses(shop) -> dict[str, str]:
    """A shop with something on its pages; the names of FOR_EVERYBODY resolved."""
    (apples,) = goods.some_goods(goods.a_row("Apples"))
    pages.show_at_home(pages.a_hero(), pages.a_shelf(apples.pk))
    pages.a_page(pages.a_hero(), title="About us")
    category = apples.categories.get()
    with context.in_public():
        User.objects.create_superuser("admin@example.com", "kelp-and-barley-19")
    return {
        "category": f"/shop/category/{category.slug}_{category.pk}/",
        "product": goods.card_of(apples).url,
    }


def policy_of(response: HttpResponse) -> dict[str, set[str]]:
    directives = response.headers["Content-Security-Policy"].split(";")
    parts = (directive.split() for directive in directives)
    return {name: set(sources) for name, *sources in parts}


def is_strict(response: HttpResponse) -> bool:
    """Say whether nothing runs that the page's own server did not write there."""
    policy = policy_of(response)
    loose = {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"}
    return (
        policy["default-src"] == {"'self'"}
        and policy["object-src"] == {"'none'"}
        and policy["base-uri"] == {"'none'"}
        and policy["frame-ancestors"] == {"'self'"}
        and policy["form-action"] == {"'self'"}
        and not loose & (policy["script-src"] | policy["style-src"])
    )


def nonces_of(response: HttpResponse) -> tuple[set[str], set[str]]:
    """Return the nonces the policy allows, and those the page uses."""
    policy = policy_of(response)
    sources = policy["script-src"] | policy["style-src"]
    allowed = {s[7:-1] for s in sources if s.startswith("'nonce-")}
    return allowed, set(re.findall(r'nonce="([^"]+)"', response.text))


def assert_guarded(response: HttpResponse) -> None:
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] in {"SAMEORIGIN", "DENY"}
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    denied = headers["Permissions-Policy"]
    for feature in ("camera", "microphone", "geolocation"):
        assert f"{feature}=()" in denied


@pytest.mark.parametrize("path", FOR_EVERYBODY)
def test_a_page_for_everybody_leaves_nothing_with_anybody(client, addresses, path):
    response = client.get(addresses.get(path, path), headers=ALDER)

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "csrfmiddlewaretoken" not in response.text


@pytest.mark.parametrize("path", [*FOR_EVERYBODY, *FOR_ONE])
def test_a_shop_s_page_is_guarded(client, addresses, path):
    response = client.get(addresses.get(path, path), headers=ALDER)

    assert_guarded(response)
    assert is_strict(response)
    allowed, used = nonces_of(response)
    assert used <= allowed
    assert not re.search(r'<[a-z]+ [^>]*\b(?:style|on[a-z]+)="', response.text)


@pytest.mark.parametrize("path", ON_THE_HUB)
@pytest.mark.parametrize("who", ["anybody", "admin"])
def test_the_hub_s_page_is_guarded(client, addresses, path, who):
    if who == "admin":
        with context.in_public():
            client.force_login(User.objects.get(email="admin@example.com"))

    response = client.get(path, headers=HUB)

    assert_guarded(response)
    assert is_strict(response)
    allowed, used = nonces_of(response)
    assert used <= allowed


@pytest.mark.parametrize("path", IN_THE_WORKSPACE)
def test_the_workspace_loads_nothing_from_elsewhere(addresses, path):
    owner = staff.signed_in(staff.a_member(Role.OWNER))

    response = owner.get(path)

    assert_guarded(response)
    policy = policy_of(response)
    assert policy["script-src"] == {"'self'", "'unsafe-inline'"}
    assert policy["object-src"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'self'"}


def test_a_preview_in_the_workspace_is_as_strict_as_the_page(addresses):
    owner = staff.signed_in(staff.a_member(Role.OWNER))
    address = f"/admin/pages/{pages.home().pk}/edit/preview/"
    owner.post(address, pages.a_form("Home", pages.a_hero("A draft")))

    response = owner.get(address)

    assert "A draft" in response.text
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert is_strict(response)


def test_the_detector_sees_a_loose_policy(client, addresses, settings):
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {
            **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
            "script-src": ["'self'", "'unsafe-inline'"],
        }
    }

    assert not is_strict(client.get("/", headers=ALDER))


def test_pages_for_everybody_have_no_nonce(client, addresses):
    """One that is the same for all would be nobody's secret."""
    for path in FOR_EVERYBODY:
        response = client.get(addresses.get(path, path), headers=ALDER)
        assert nonces_of(response) == (set(), set()), path


def test_the_hub_s_inline_style_is_named_by_its_hash(client, addresses):
    with context.in_public():
        alder = Shop.objects.get(subdomain="alder")
        directory.publish(
            shop=alder, card={"version": 9_999, "brand_colour": "#1f6b45"}
        )

    response = client.get("/", headers=HUB)

    (style,) = re.findall(r"<style>(.*?)</style>", response.text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f'[data-shop="{alder.pk}"]{{--shop:#1f6b45}}' in style
    assert f"'sha256-{digest}'" in policy_of(response)["style-src"]


def test_cookies_are_this_host_s_and_out_of_scripts_reach(client, addresses):
    page = client.get("/account/login/", headers=ALDER)
    with context.in_public():
        admin = User.objects.get(email="admin@example.com")
    signed_in = Client(headers=HUB)
    with context.in_public():
        signed_in.force_login(admin)
    customer = User.objects.create_user("carol@example.com", "kelp-and-barley-19")
    answer = client.post(
        "/account/login/",
        {"login": customer.email, "password": "kelp-and-barley-19"},
        headers=ALDER,
    )
    added = client.post(
        "/basket/add/", {"product": addresses["product"].strip("/")[-1]}, headers=ALDER
    )

    morsels = {**page.cookies, **answer.cookies, **added.cookies}
    assert {"csrftoken", "sessionid"} <= set(morsels)
    for morsel in morsels.values():
        assert morsel["httponly"], morsel
        assert morsel["samesite"] == "Lax", morsel
        assert morsel["domain"] == "", morsel
        assert morsel["path"] == "/", morsel


# In production -------------------------------------------------------------------

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "quickcart.settings.production",
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
    "PATH": os.environ.get("PATH", ""),
    "SECRET_KEY": "kZ3vQ8xW1nB6mT4yR9cL2pD7fH5jG0sA-uE_iOkXzVbNqMwYtKcPa7d",
    "DATABASE_URL": "postgres://shop:pass@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://post:pass@mail.example:587",
    "QUICKCART_DOMAIN": "quickcart.example",
}
ASK = """
import json
from django.conf import settings
names = [name for name in dir(settings) if "COOKIE" in name or "SECURE" in name]
names += ["DEBUG", "ALLOWED_HOSTS", "QUICKCART_DEMO"]
names += ["QUICKCART_PROXIES", "QUICKCART_LIMITS"]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def in_production(*arguments: str, **environment: str | None):
    told = {**PRODUCTION, **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        env={name: value for name, value in told.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT / "docs",
    )


def test_production_has_nothing_to_be_warned_of():
    found = in_production("-m", "django", "check", "--deploy", "--fail-level", "INFO")

    assert found.returncode == 0, found.stderr
    assert "no issues" in found.stdout


def test_production_is_closed_by_default():
    told = json.loads(in_production("-c", ASK).stdout)

    assert told["DEBUG"] is False
    assert told["QUICKCART_DEMO"] is False
    assert told["ALLOWED_HOSTS"] == ["quickcart.example", ".quickcart.example"]
    for kind in ("SESSION", "CSRF"):
        assert told[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert told[f"{kind}_COOKIE_SECURE"] is True
        assert told[f"{kind}_COOKIE_HTTPONLY"] is True
        assert told[f"{kind}_COOKIE_PATH"] == "/"
        assert told[f"{kind}_COOKIE_DOMAIN"] is None
    assert told["OSCAR_BASKET_COOKIE_OPEN"].startswith("__Host-")
    assert told["OSCAR_BASKET_COOKIE_SECURE"] is True
    assert told["SECURE_SSL_REDIRECT"] is True
    assert told["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert told["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert told["QUICKCART_PROXIES"] == 1
    assert told["QUICKCART_LIMITS"] is True


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "QUICKCART_DOMAIN"]
)
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_production_does_not_start_without(name, value):
    found = in_production("-c", "import quickcart.settings.production", **{name: value})

    assert found.returncode != 0
    assert name in found.stderr.strip().splitlines()[-1]


def test_a_document_is_served_by_wagtail_only(shop, media_root):
    folder = media_root / shop.schema_name / "documents"
    folder.mkdir(parents=True)
    (folder / "wages.pdf").write_bytes(b"%PDF")
    client = Client(headers={"host": "alder.localhost"})

    for way in ("documents/", "./documents/", "images/../documents/", "/documents/"):
        assert client.get(f"/media/{way}wages.pdf").status_code == 404
