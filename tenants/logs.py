"""Every log line says which shop it speaks of."""

import logging

HUB = "hub"


def name_of(tenant: object) -> str:
    """Return a shop's subdomain, "hub", or the schema where only that is known."""
    from django_tenants.utils import get_public_schema_name

    subdomain: str | None = getattr(tenant, "subdomain", None)
    if subdomain:
        return subdomain
    schema_name: str = getattr(tenant, "schema_name", None) or "-"
    return HUB if schema_name == get_public_schema_name() else schema_name


def name_in_force() -> str:
    """Return the name of the shop in force; "-" where no database is."""
    from django.db import connection

    return name_of(getattr(connection, "tenant", None))


class ShopFilter(logging.Filter):
    """Put the shop into the record, as `shop`: the request's, or that in force.

    Django writes down what was not found after the shop has been left.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        asked = getattr(getattr(record, "request", None), "tenant", None)
        record.shop = name_of(asked) if asked else name_in_force()
        return True
