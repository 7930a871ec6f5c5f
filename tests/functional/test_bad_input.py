"""Every address, asked for and posted to with what nobody means: never a 500.

Each address is visited as somebody who may enter it with everything there is, and
as the others with a little. Of Wagtail's own screens each gets its share, another
for each; BAD_INPUT=all gives every screen everything (minutes).
"""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from support import addresses, crawler, ground, hostile

from accounts.models import User
from tenants import context

SHOP, HUB = "quickcart.urls.shop", "quickcart.urls.hub"
SHOP_ADDRESSES = {str(address): address for address in addresses.of(SHOP)}
HUB_ADDRESSES = {str(address): address for address in addresses.of(HUB)}

#: Our own screens below the workspace's address.
OURS = ("/admin/orders/", "/admin/pickup/", "/admin/products/", "/admin/settings/")
#: Posting anything at all to these does what the address says.
DO_AS_THEY_SAY = {"/orders/{reference}/cancel/", "/account/logout/", "/admin/logout/"}
#: What visitors who are not of the staff must not be able to change by nonsense.
WATCHED = [
    "accounts_user",
    "account_emailaddress",
    "catalogue_product",
    "cards_productcard",
    "partner_stockrecord",
    "basket_line",
    "order_order",
    "order_line",
    "order_orderstatuschange",
    "pickup_booking",
    "pickup_pickupsettings",
    "pickup_closure",
    "profile_shopprofile",
    "wagtailcore_page",
    "media_shopimage",
]
MANY, FEW = 10, 4
#: Of a longer form the first so many are spoilt one by one.
MOST_FIELDS = 12
METHODS = ["put", "patch", "delete", "options", "head", "trace"]
#: Wagtail's screens that fail on a body their own page never sends.
BEYOND_US = {
    "/admin/pages/{page_to_move_id}/set_position/": "asks the root for its parent",
    "/admin/choose-external-link/": "a form without its one field",
}
IS_DEEP = os.environ.get("BAD_INPUT") == "all"


@pytest.fixture(scope="module")
def network(django_db_setup, worker_id, django_db_blocker, tmp_path_factory):
    label, media = f"{worker_id}_bad_input", tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), ground.network(label=label, media=media) as made:
        yield made


@pytest.fixture(scope="module")
def forms(network) -> dict[str, dict[str, str]]:
    """The fields of forms that are posted to an address of their own."""
    alder = network["alder"]
    customer, owner = alder.browser(alder.customer), alder.browser(alder.owner)
    pages = [(customer, path) for path in ("/basket/", "/checkout/", "/account/email/")]
    pages += [(customer, alder.paths["product"])]
    pages += [(customer, f"/orders/{reference}/") for reference in alder.references]
    pages += [(owner, path) for path in ("/admin/orders/", "/admin/pickup/")]
    pages += [(owner, f"/admin/orders/{alder.keys['order']}/")]
    found: dict[str, dict[str, str]] = {}
    for client, path in pages:
        for target, fields in hostile.forms_in(client.get(path).text, path=path):
            found.setdefault(target.partition("?")[0], {}).update(fields)
    return found


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()
    yield
    cache.clear()


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser, who notes what went wrong."""

    client: Client
    troubles: list[str]

    def ask(self, method: str, path: str, query: hostile.Fields | None = None) -> str:
        """Send a request and read all of its answer."""
        extra = {"QUERY_STRING": hostile.encoded(query)} if query else {}
        return self._send(method, path, **extra)

    def post(self, path: str, fields: hostile.Fields) -> str:
        return self.send(path, hostile.encoded(fields).encode(), hostile.FORM)

    def send(self, path: str, body: bytes, content_type: str) -> str:
        return self._send("post", path, data=body, content_type=content_type)

    def _send(self, method: str, path: str, **options: Any) -> str:
        asked = f"{method} {path[:200]!r} {options!r:.160}"
        try:
            response = self.client.generic(method.upper(), path, **options)
            text = crawler.read(response)
        except Exception as error:  # noqa: BLE001 (it is what is looked for)
            self.troubles.append(f"{asked}: {error!r}")
            return ""
        self._judge(asked, response, text)
        return text

    def _judge(self, asked: str, response: HttpResponseBase, text: str) -> None:
        said = f"{asked}: {response.status_code}"
        if response.status_code >= 500:
            self.troubles.append(f"{said} {response.exc_info}")
        if "Traceback (most recent call last)" in text:
            self.troubles.append(f"{said} shows a traceback")
        if "owned=1" in text.partition("\n\n")[0] or "owned" in response.cookies:
            self.troubles.append(f"{said} lets a header be written")
        if "<script>alert(1)" in text:
            self.troubles.append(f"{said} shows a script as it was sent")


def share(values: dict[str, str], *, of: str, count: int) -> list[str]:
    """Return some of the values, others for each name; all of them if count is 0."""
    listed = list(values.values())
    if IS_DEEP or not count:
        return listed
    start = zlib.crc32(of.encode())
    return [listed[(start + 7 * number) % len(listed)] for number in range(count)]


def real_values(filled, address: addresses.Address) -> dict[str, object]:
    kind = next(
        (
            key
            for part, key in {
                "/orders/{pk}": "order",
                "closures/": "closure",
                "images/": "image",
                "documents/": "document",
                "product": "product",
                "category/": "category",
            }.items()
            if part in address.template
        ),
        "page",
    )
    words: dict[str, object] = {
        "reference": filled.references[0],
        "subdomain": "alder",
        "category_slug": "bakery/rolls",
        "product_slug": "bread",
        "path": "original_images/red.png",
        "app_label": "wagtailcore",
        "app_name": "profile",
        "model_name": "shopprofile",
        "content_type_app_name": "pages",
        "content_type_model_name": "standardpage",
        "pk": filled.keys[kind],
        "image_id": filled.keys["image"],
        "document_id": filled.keys["document"],
        "page_id": filled.keys["page"],
        "parent_page_id": filled.keys["home"],
        "action": "publish",
        "filter_spec": "width-100",
    }
    return {name: words.get(name, 1) for name in address.blanks}


def hostile_paths(
    address: addresses.Address, real: dict[str, object], *, count: int
) -> Iterator[str]:
    """Return the address with something hostile in one of its blanks."""
    for blank in address.blanks:
        for value in share(hostile.PATHS, of=f"{address}{blank}", count=count):
            yield address.filled({**real, blank: value})


def torment(
    visitor: Visitor,
    address: addresses.Address,
    *,
    real: dict[str, object],
    fields: dict[str, str],
    count: int,
) -> None:
    """Send an address what nobody means, `count` of each kind (0: all)."""
    path, name = address.filled(real), str(address)
    page = visitor.ask("get", path)
    for _target, found in hostile.forms_in(page, path=path):
        fields = {**found, **fields}
    for bad_path in hostile_paths(address, real, count=count):
        visitor.ask("get", bad_path)
    for value in share(hostile.TEXTS, of=name, count=count or MANY):
        visitor.ask("get", path, dict.fromkeys(hostile.QUERY, value))
    # Where no form leads, a few posts tell as much as all.
    posts = count if fields else count or FEW
    for value in share(hostile.TEXTS, of=f"{name} post", count=posts):
        names = fields or hostile.QUERY
        visitor.post(path, dict.fromkeys(names, value))
    for body, kind in hostile.BODIES[: posts or None]:
        visitor.send(path, body, kind)
    for method in METHODS if not count or IS_DEEP else METHODS[:1]:
        visitor.ask(method, path)


def one_by_one(visitor: Visitor, path: str, fields: dict[str, str], *, of: str) -> None:
    """Spoil one field at a time and leave the others as the page offered them."""
    for field in list(fields)[:MOST_FIELDS]:
        for value in share(hostile.TEXTS, of=f"{of}{field}", count=2):
            visitor.post(path, {**fields, field: value})
        visitor.post(path, {k: v for k, v in fields.items() if k != field})
        visitor.post(path, {**fields, field: ["1", "2", "x"]})


def watched(filled) -> dict[str, str]:
    """Return a digest of each table that strangers must not change."""
    digest = "md5(string_agg(t::text, '' ORDER BY t::text))"
    parts = (f"SELECT '{name}', {digest} FROM {name} t" for name in WATCHED)
    with context.inside(filled.shop), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def changed(filled, *, since: dict[str, str]) -> list[str]:
    return [name for name, digest in watched(filled).items() if digest != since[name]]


def is_ours(template: str) -> bool:
    return not template.startswith("/admin/") or template.startswith(OURS)


def how_much(template: str) -> int:
    """Return how many hostile values of each kind an address is sent (0: all)."""
    if not template.startswith("/admin/"):
        return 0
    return 6 if is_ours(template) else 1


def who_enters(template: str) -> str:
    if template.startswith("/admin/"):
        return "owner"
    return "customer" if template.startswith(("/account/", "/orders/")) else "anybody"


@pytest.mark.parametrize("template", SHOP_ADDRESSES)
def test_an_address_of_a_shop_answers_anything(network, forms, db, template):
    alder, address = network["alder"], SHOP_ADDRESSES[template]
    main, troubles = who_enters(template), []
    visitors = {
        role: Visitor(alder.browser(person), troubles)
        for role, person in {
            "anybody": None,
            "customer": alder.customer,
            "owner": alder.owner,
        }.items()
        if role == main or is_ours(template) or IS_DEEP
    }
    real = real_values(alder, address)
    path = address.filled(real)
    fields = forms.get(path, {})
    before = watched(alder)

    for role, visitor in visitors.items():
        count = how_much(template) if role == main else 1
        torment(visitor, address, real=real, fields=fields, count=count)
        if role != "owner" and template not in DO_AS_THEY_SAY:
            assert changed(alder, since=before) == []
    if is_ours(template):
        one_by_one(visitors[main], path, fields, of=template)

    if template in BEYOND_US:
        assert all("AttributeError" in trouble for trouble in troubles)
    else:
        assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("template", HUB_ADDRESSES)
def test_an_address_of_the_hub_answers_anything(network, db, template):
    address, troubles = HUB_ADDRESSES[template], []
    admin = User.objects.create_superuser("admin@example.com", ground.PASSWORD)
    real = real_values(network["alder"], address)
    main = "admin" if template.startswith("/platform/") else "anybody"

    for role in ("anybody", "admin"):
        client = Client(headers={"host": "localhost"}, raise_request_exception=False)
        if role == "admin":
            client.force_login(admin, backend=ground.BACKEND)
        count = 0 if role == main else 2
        visitor = Visitor(client, troubles)
        torment(visitor, address, real=real, fields={}, count=count)

    assert not troubles, "\n".join(troubles)
