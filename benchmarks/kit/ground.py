"""A shop with goods in a database of the benchmark's own, for as long as it lasts."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.core.files.storage import default_storage
from django.db import connections
from django.test import override_settings
from support import database, worker

from benchmarks.kit import goods, serving
from kernel import clock
from quickcart.demo import shops
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Category
from tenants import context
from tenants.models import Shop

#: Databases of Valkey's that only benchmarks use.
CORNER, OSCARS_CORNER, TWINS_CORNER = 13, 14, 15
#: Cards on a page of a category.
PAGE = 24


@dataclass(frozen=True)
class Ground:
    """A shop, where it is, and what a visitor may look at."""

    var: Path
    shop: Shop
    data: goods.Data
    database_url: str
    redis_url: str

    @property
    def host(self) -> str:
        return f"{self.shop.subdomain}.localhost"

    def environment(self, **more: str) -> dict[str, str]:
        """Return what a server of this ground is told."""
        told = serving.environment(
            database_url=self.database_url,
            redis_url=self.redis_url,
            settings="benchmarks.settings",
        )
        return told | {"QUICKCART_VAR": str(self.var)} | more


@contextmanager
def market(*, products: int) -> Iterator[Ground]:
    """Open a shop with so many of the demo's goods; drop everything in the end."""
    with (
        tempfile.TemporaryDirectory(prefix="quickcart-bench-") as folder,
        database.copy_of(database.ensure_template(), label="bench"),
        override_settings(MEDIA_ROOT=f"{folder}/media"),
        corner(CORNER) as redis_url,
    ):
        _forget_media_root()
        data = goods.market(products=products)
        shop = shops.open_filled(data, now=clock.now())
        analyse(shop.schema_name)
        connections.close_all()
        try:
            yield Ground(Path(folder), shop, data, worker.database_url(), redis_url)
        finally:
            _forget_media_root()


@contextmanager
def twin(of: Ground) -> Iterator[Ground]:
    """Copy a ground with all of its shops as they are now, to be served beside it.

    They share pictures; what a running server writes, each has for itself.
    """
    connections.close_all()
    address = urlsplit(of.database_url)
    with (
        tempfile.TemporaryDirectory(prefix="quickcart-bench-") as folder,
        database.copied(address.path.lstrip("/"), label="twin") as name,
        corner(TWINS_CORNER) as redis_url,
    ):
        Path(folder, "media").symlink_to(of.var / "media")
        database_url = address._replace(path=f"/{name}").geturl()
        yield Ground(Path(folder), of.shop, of.data, database_url, redis_url)


@contextmanager
def corner(number: int) -> Iterator[str]:
    """Yield the address of an empty database of Valkey's; empty it in the end."""
    address = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
    with redis.from_url(address) as server:
        server.flushdb()
        yield address
        server.flushdb()


def analyse(schema: str) -> None:
    """Let the planner know what is there, and where, as autovacuum would in a minute."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT format('VACUUM (ANALYZE) %%I.%%I', schemaname, tablename)"
            " FROM pg_tables WHERE schemaname = %s",
            [schema],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def biggest_category(shop: Shop) -> Category:
    """Return a category that fills a page, the smallest of those that do."""
    with context.inside(shop):
        sized = [
            (ProductCard.objects.in_category(each.pk).count(), each.pk, each)
            for each in Category.objects.all()
        ]
        filling = [one for one in sized if one[0] >= PAGE]
        return min(filling or [max(sized)])[2]


def _forget_media_root() -> None:
    # django-tenants' storage keeps the folder it was first asked for.
    default_storage.__dict__.pop("relative_media_root", None)
