"""Which shop the code is running for; the only place that changes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django_tenants.utils import get_public_schema_name

from tenants.database import connection
from tenants.models import Shop


class NoShopError(RuntimeError):
    """Code that needs a shop ran outside of one: a bug, never a refusal."""


def current_shop() -> Shop:
    """Return the shop in force.

    Raises:
        NoShopError: the hub (public) is in force, or only a schema's name is known.
    """
    tenant = connection.tenant
    if not isinstance(tenant, Shop):
        raise NoShopError(f"No shop in force, only schema {connection.schema_name!r}.")
    return tenant


def is_public() -> bool:
    """Say whether the hub is in force."""
    return bool(connection.schema_name == get_public_schema_name())


@contextmanager
def inside(shop: Shop) -> Iterator[Shop]:
    """Run a block for a shop, then return to whoever was in force before."""
    before, connection_public = connection.tenant, connection.include_public_schema
    connection.set_tenant(shop)
    try:
        yield shop
    finally:
        connection.set_tenant(before, connection_public)


@contextmanager
def in_public() -> Iterator[None]:
    """Run a block for the hub, then return to whoever was in force before."""
    before, connection_public = connection.tenant, connection.include_public_schema
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(before, connection_public)


@contextmanager
def in_schema(schema_name: str) -> Iterator[None]:
    """Run a block in a schema that has no shop yet (template, spare)."""
    before, connection_public = connection.tenant, connection.include_public_schema
    connection.set_schema(schema_name)
    try:
        yield
    finally:
        connection.set_tenant(before, connection_public)


def shop_of_schema(schema_name: str) -> Shop:
    """Return the shop that owns a schema.

    Raises:
        Shop.DoesNotExist: no shop does.
    """
    with in_public():
        shop: Shop = Shop.objects.get(schema_name=schema_name)
        return shop
