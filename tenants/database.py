"""The connection, with what django-tenants adds to it, for type checkers too."""

from typing import TYPE_CHECKING, cast

from django import db

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django_tenants.postgresql_backend.base import FakeTenant

    from tenants.models import Shop

    class ShopConnection(BaseDatabaseWrapper):
        """A connection that knows whose schema it reads."""

        tenant: Shop | FakeTenant
        schema_name: str
        include_public_schema: bool

        def set_tenant(
            self, tenant: Shop | FakeTenant, include_public: bool = True
        ) -> None: ...

        def set_schema(self, schema_name: str) -> None: ...

        def set_schema_to_public(self) -> None: ...


#: The default connection of the thread.
connection = cast("ShopConnection", db.connection)
