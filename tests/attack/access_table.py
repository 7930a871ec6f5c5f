"""Who may do what: each address, who may read it (GET) and who may act there (POST).

An address without a line fails, with the line to add. Who is not named is turned
away: strangers to sign in where signing in would help (`sign-in`), others with "not
allowed". NOBODY means the address does not know the method.
"""

from dataclasses import dataclass
from typing import Final

EVERYBODY: Final = frozenset(
    {"anonymous", "customer", "picker", "editor", "manager", "owner", "admin"}
)
SIGNED_IN: Final = EVERYBODY - {"anonymous"}
STAFF: Final = SIGNED_IN - {"customer"}
#: Who works with orders.
ORDERS: Final = STAFF - {"editor"}
#: Who runs the shop: goods, prices, hours.
KEEPERS: Final = frozenset({"manager", "owner", "admin"})
#: Who writes pages and chooses pictures.
WRITERS: Final = KEEPERS | {"editor"}
#: The network's own people, who help.
SUPPORT: Final = frozenset({"admin"})
NOBODY: Final = frozenset[str]()


@dataclass(frozen=True)
class Rule:
    """Who may read an address, and who may act there."""

    get: frozenset[str]
    post: frozenset[str] = NOBODY


SHOP: Final = {
    # The shop itself
    "/": Rule(EVERYBODY),
    "/{_0}": Rule(EVERYBODY),
    "/shop/": Rule(EVERYBODY),
    "/shop/search/": Rule(EVERYBODY),
    "/shop/category/{category_slug}_{pk}/": Rule(EVERYBODY),
    "/shop/{product_slug}_{pk}/": Rule(EVERYBODY),
    "/theme.css": Rule(EVERYBODY),
    "/favicon.svg": Rule(EVERYBODY),
    "/robots.txt": Rule(EVERYBODY),
    "/sitemap.xml": Rule(EVERYBODY),
    "/media/{path}": Rule(EVERYBODY),
    "/documents/{_0}/{_1}": Rule(EVERYBODY),
    # Of Wagtail's private documents, of which there are none: not found.
    "/documents/authenticate_with_password/{restriction_id}/": Rule(NOBODY, NOBODY),
    # Buying
    "/basket/": Rule(EVERYBODY),
    "/basket/bar/": Rule(EVERYBODY),
    "/basket/add/": Rule(NOBODY, EVERYBODY),
    "/basket/update/": Rule(NOBODY, EVERYBODY),
    "/basket/remove/": Rule(NOBODY, EVERYBODY),
    "/basket/restore/": Rule(NOBODY, EVERYBODY),
    "/checkout/": Rule(EVERYBODY),
    "/checkout/slot/": Rule(NOBODY, EVERYBODY),
    "/checkout/place/": Rule(NOBODY, EVERYBODY),
    # Whoever has an order's link has the order.
    "/orders/": Rule(SIGNED_IN),
    "/orders/{reference}/": Rule(EVERYBODY),
    "/orders/{reference}/state/": Rule(EVERYBODY),
    "/orders/{reference}/calendar.ics": Rule(EVERYBODY),
    "/orders/{reference}/cancel/": Rule(EVERYBODY, EVERYBODY),
    # Orders, in the workspace
    "/admin/orders/": Rule(ORDERS),
    "/admin/orders/board/": Rule(ORDERS),
    "/admin/orders/history/": Rule(ORDERS),
    "/admin/orders/{pk}/": Rule(ORDERS),
    "/admin/orders/{pk}/part/": Rule(ORDERS),
    "/admin/orders/{pk}/step/": Rule(NOBODY, ORDERS),
    "/admin/orders/{pk}/cancel/": Rule(NOBODY, ORDERS),
    # Products; pickers count, keepers write.
    "/admin/products/": Rule(STAFF),
    "/admin/products/add/": Rule(KEEPERS, KEEPERS),
    "/admin/products/{pk}/": Rule(KEEPERS, KEEPERS),
    "/admin/products/{pk}/count/": Rule(NOBODY, ORDERS),
    "/admin/products/{pk}/visibility/": Rule(NOBODY, KEEPERS),
    "/admin/products/{pk}/delete/": Rule(KEEPERS, KEEPERS),
    "/admin/product_chooser/": Rule(STAFF),
    "/admin/product_chooser/results/": Rule(STAFF),
    "/admin/product_chooser/chosen/{pk}/": Rule(STAFF),
    "/admin/product_chooser/chosen-multiple/": Rule(STAFF),
    # Hours and slots
    "/admin/pickup/": Rule(KEEPERS, KEEPERS),
    "/admin/pickup/closures/": Rule(NOBODY, KEEPERS),
    "/admin/pickup/closures/{pk}/remove/": Rule(NOBODY, KEEPERS),
    # The shop's profile. The first leads to the second, and that asks who is there.
    "/admin/settings/{app_name}/{model_name}/": Rule(STAFF, STAFF),
    "/admin/settings/{app_name}/{model_name}/{pk}/": Rule(KEEPERS, KEEPERS),
    # There is nothing to preview of it.
    "/admin/settings/{app_name}/{model_name}/{pk}/preview/": Rule(NOBODY, NOBODY),
    # Of Wagtail's own, what we answer ourselves or is the same for all
    "/admin/": Rule(STAFF),
    "/admin/account/": Rule(STAFF, STAFF),
    "/admin/logout/": Rule(NOBODY, STAFF),
    "/admin/failwhale/": Rule(NOBODY, NOBODY),
    # The same for all; only customers have no business below this address.
    "/admin/jsi18n/": Rule(EVERYBODY - {"customer"}),
    "/admin/sprite/": Rule(EVERYBODY - {"customer"}, EVERYBODY - {"customer"}),
    # Leads to the one sign-in there is.
    "/admin/login/": Rule(NOBODY, NOBODY),
}

#: Signing in and what belongs to it, on every host: allauth's.
ACCOUNT: Final = {
    "/account/": Rule(SIGNED_IN, SIGNED_IN),
    "/account/login/": Rule(EVERYBODY, EVERYBODY),
    "/account/logout/": Rule(EVERYBODY, EVERYBODY),
    "/account/inactive/": Rule(EVERYBODY),
    "/account/signup/": Rule(EVERYBODY, EVERYBODY),
    "/account/reauthenticate/": Rule(SIGNED_IN, SIGNED_IN),
    "/account/email/": Rule(SIGNED_IN, SIGNED_IN),
    # Who waits for no code is led to sign in.
    "/account/confirm-email/": Rule(EVERYBODY, EVERYBODY),
    "/account/password/change/": Rule(SIGNED_IN, SIGNED_IN),
    "/account/password/set/": Rule(SIGNED_IN, SIGNED_IN),
    "/account/password/reset/": Rule(EVERYBODY, EVERYBODY),
    "/account/password/reset/done/": Rule(EVERYBODY),
    "/account/password/reset/key/{uidb36}-{key}/": Rule(EVERYBODY, EVERYBODY),
    "/account/password/reset/key/done/": Rule(EVERYBODY),
    # A second step of signing in, for whoever is in its first.
    "/account/login/code/confirm/": Rule(SIGNED_IN, SIGNED_IN),
}

HUB_ADMIN: Final = frozenset({"admin"})
HUB: Final = {
    "/": Rule(EVERYBODY),
    "/platform/": Rule(HUB_ADMIN),
    "/platform/shops/open/": Rule(HUB_ADMIN, HUB_ADMIN),
    "/platform/shops/address/": Rule(HUB_ADMIN),
    "/platform/shops/{subdomain}/": Rule(HUB_ADMIN),
    "/platform/shops/{subdomain}/invite/": Rule(NOBODY, HUB_ADMIN),
    "/platform/mailbox/": Rule(HUB_ADMIN),
    "/platform/mailbox/{pk}/": Rule(HUB_ADMIN),
    "/platform/mailbox/{pk}/letter/": Rule(HUB_ADMIN),
}


def is_asked_to_sign_in(template: str) -> bool:
    """Say whether a stranger who is turned away is led to sign in."""
    return template.startswith(("/admin/", "/account/", "/orders/", "/platform/"))
