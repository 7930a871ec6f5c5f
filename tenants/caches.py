"""Process-wide caches that know no shop, made to know it.

Django keeps content types by id and sites by host in one dictionary for the
whole process. Ids differ from shop to shop, so one shop would read another's
row. Both dictionaries are replaced by one that has a shelf for each schema.

A schema has one site, and it is that whichever of its hosts is asked.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.sites import models as sites
from django.http import HttpRequest

from tenants.database import connection


class PerSchema(MutableMapping[Any, Any]):
    """A dictionary that shows the current schema's entries only."""

    def __init__(self) -> None:
        self._shelves: dict[str, dict[Any, Any]] = {}

    def _shelf(self) -> dict[Any, Any]:
        return self._shelves.setdefault(connection.schema_name, {})

    def __getitem__(self, key: Any) -> Any:
        return self._shelf()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._shelf()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._shelf()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._shelf())

    def __len__(self) -> int:
        return len(self._shelf())

    def clear(self) -> None:
        """Forget the current schema's entries."""
        self._shelf().clear()


class PerSchemaForGood(PerSchema):
    """The same, deaf to `clear`.

    django-tenants clears the content types at every switch of schema, because
    they might be another schema's. Here they never are; clearing would only
    cost each request its queries. `forget` drops a schema that is gone.
    """

    def clear(self) -> None:
        """Do nothing: see the class."""

    def forget(self, schema_name: str) -> None:
        """Drop what is known of a schema (it was dropped, or made anew)."""
        self._shelves.pop(schema_name, None)


content_types = PerSchemaForGood()
_site_of_host = sites.SiteManager._get_site_by_request  # type: ignore[attr-defined]  # noqa: SLF001 (Django has no setting)


def install() -> None:
    """Put the per-schema dictionaries in place of Django's."""
    ContentType.objects._cache = content_types  # type: ignore[attr-defined]  # noqa: SLF001 (Django has no setting)
    sites.SITE_CACHE = PerSchema()
    # Django's own puts a plain dictionary back in its place.
    sites.SiteManager.clear_cache = _clear_sites  # type: ignore[assignment,method-assign]
    sites.SiteManager._get_site_by_request = _site_of  # type: ignore[attr-defined]  # noqa: SLF001 (Django has no setting)


def _clear_sites(manager: sites.SiteManager) -> None:
    sites.SITE_CACHE.clear()


def _site_of(manager: sites.SiteManager, request: HttpRequest) -> sites.Site:
    """Return the host's site or, of a host that the row does not name, the only one."""
    try:
        site: sites.Site = _site_of_host(manager, request)
    except sites.Site.DoesNotExist:
        site = manager.earliest("pk")
    return site
