"""Which pages of a shop and of the hub a browser opens, and as whom.

Each screen of the workspace is opened by somebody whom the access table lets in: by
the owner, and what owners may not see by those who support the shop.
"""

from dataclasses import dataclass

from attack import payloads
from attack.access_table import SHOP
from attack.access_wagtail import WAGTAIL
from attack.ground import Hub
from support import addresses
from support.ground import Filled

from accounts.models import User

#: Of the workspace's screens so many at reduced size, for owner and support.
FEW = 8, 4
TRICKS = (
    "%22%3E%3Csvg%20onload=owned()%3E%3Ci%20data-owned%3E",
    "javascript:owned()",
)


@dataclass(frozen=True)
class Visitor:
    """Somebody, and the pages they open."""

    who: str
    host: str
    paths: list[str]
    cookie: str = ""
    #: Of the pages this share at least says something of what was planted.
    telling: float = 0.0
    #: What they are answered.
    status: int = 200


def of(shop: Filled, hub: Hub, *, small: bool) -> list[Visitor]:
    """Return who opens which pages of which host."""
    host = shop.host["host"]
    front, mine = _storefront(shop)
    screens, supports = _workspace(shop)
    if small:
        screens, supports = screens[: FEW[0]], supports[: FEW[1]]
    platform = ["/", "/platform/", f"/platform/shops/{shop.shop.subdomain}/"]
    platform += [f"/platform/mailbox/{path}" for path in ("", f"{hub.mail}/")]
    platform += [f"/platform/mailbox/{hub.mail}/letter/", "/platform/shops/open/"]
    customer, owner, support = (
        a_session(shop, shop.people[role]) for role in ("customer", "owner", "admin")
    )
    admin = a_session(hub, hub.people["admin"])
    lost = [f"/{trick}/" for trick in TRICKS]
    asked = ["/", f"/?q={payloads.PAYLOADS[0]}"]
    return [
        Visitor("visitor", host, front, telling=0.9),
        Visitor("lost visitor", host, lost, status=404),
        Visitor("customer", host, mine, customer, telling=1.0),
        Visitor("owner", host, screens, owner, telling=0.7),
        Visitor("support", host, supports, support, telling=0.8),
        Visitor("hub visitor", "localhost", asked, telling=1.0),
        Visitor("hub admin", "localhost", platform, admin, telling=0.8),
    ]


def _storefront(shop: Filled) -> tuple[list[str], list[str]]:
    order = f"/orders/{shop.references[0]}/"
    product = f"/shop/x_{shop.keys['product']}/"
    front = ["/", "/about-us/", "/shop/", product, order, f"{order}state/"]
    front += [f"/shop/category/x_{shop.keys['category']}/", f"{order}cancel/"]
    front += [f"/orders/{reference}/" for reference in shop.references[1:]]
    for trick in TRICKS:
        front += [f"/shop/search/?q={trick}", f"/account/login/?next={trick}"]
        front += [f"/shop/?order={trick}&page={trick}"]
        front += [f"/basket/?removed={trick}", f"/account/signup/?email={trick}"]
    mine = ["/", "/basket/", "/checkout/", "/orders/", "/account/", "/account/email/"]
    return front, mine


def _workspace(shop: Filled) -> tuple[list[str], list[str]]:
    """Return the workspace's screens for the owner, and those for support alone.

    Our own and those with words on them come first.
    """
    keys = shop.keys
    first = ["/admin/", "/admin/orders/", f"/admin/orders/{keys['order']}/"]
    first += [f"/admin/products/{keys['product']}/", "/admin/products/"]
    first += [f"/admin/pages/{keys['page']}/edit/", f"/admin/pages/{keys['home']}/"]
    first += ["/admin/images/", f"/admin/images/{keys['image']}/", "/admin/pickup/"]
    opened_by: dict[str, list[str]] = {"owner": first, "admin": []}
    rules = {**SHOP, **WAGTAIL}
    for address in addresses.of(addresses.SHOP):
        if not address.template.startswith("/admin/"):
            continue
        lets_in = rules[address.template].get
        who = next((role for role in opened_by if role in lets_in), None)
        if who:
            path = address.filled(addresses.values_of(shop, address))
            opened_by[who].append(path)
    return list(dict.fromkeys(opened_by["owner"])), opened_by["admin"]


def a_session(place: Filled | Hub, user: User) -> str:
    return str(place.browser(user).cookies["sessionid"].value)
