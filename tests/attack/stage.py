"""The ground served by the product's own programs, opened once and used by many."""

import atexit
import itertools
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from attack import ground
from attack.ground import Ground
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import override_settings
from support import network, worker
from support.network import Network
from support.verdicts import Verdict, exactly

from quickcart.settings import base
from tenants import context
from tenants.models import Shop

#: Databases of Valkey's that no other test uses: of the stage, and of one apart.
CORNER, APART = "3", "1"
WEB = frozenset({"web"})
SERVED = frozenset({"web", "realtime"})
#: Of one network only: a worker takes whatever letter waits.
PROGRAMS = SERVED | {"worker", "beat"}
#: Of what goes wrong the first so many are told.
SHOWN = 40
#: What a visit leaves behind without anything being changed.
TRACES = {"django_session"}


@dataclass
class Stage:
    """The ground, and the programs that serve it once somebody asks for them."""

    ground: Ground
    var: Path
    stack: ExitStack
    corner: str
    served: dict[str, Network] = field(default_factory=dict)

    def network(
        self,
        name: str = "local",
        *,
        only: frozenset[str] = SERVED,
        more: Mapping[str, str] | None = None,
    ) -> Network:
        """Return running programs; the same ones to all who ask by the same name."""
        if name not in self.served:
            var = self.var / name
            var.mkdir()
            if not self.served:
                # What an earlier run has counted and kept was of other rows.
                with redis.from_url(self.corner) as valkey:
                    valkey.flushdb()
            (var / "media").symlink_to(settings.MEDIA_ROOT)
            self.served[name] = self.stack.enter_context(
                network.running(
                    var=var,
                    database_url=worker.database_url(),
                    redis_url=self.corner,
                    only=only,
                    more={
                        # A cookie made in this process is believed in those.
                        "SECRET_KEY": str.__str__(settings.SECRET_KEY),
                        "QUICKCART_LIMITS": "1",
                        # Who asks may say so, as a proxy would.
                        "QUICKCART_PROXIES": "1",
                        **(more or {}),
                    },
                )
            )
        return self.served[name]


_open: list[Stage] = []


_kept: list[ExitStack] = []


@contextmanager
def opened() -> Iterator[Stage]:
    """Yield the stage that is open already, or a fresh one."""
    if _kept and not _open:
        _kept[0].enter_context(_fresh())
    if _open:
        yield _open[-1]
    else:
        with _fresh() as fresh:
            yield fresh


@contextmanager
def apart() -> Iterator[Stage]:
    """Yield a stage that nobody asks for afterwards: it may be left in disorder."""
    with _fresh(corner(APART)) as fresh:
        yield fresh
    cache.clear()  # what this process kept of it


def keep() -> None:
    """Keep the first stage that is opened, for all who ask after that."""
    _kept.append(ExitStack())
    atexit.register(_kept[0].close)


@contextmanager
def _fresh(place_in_valkey: str = "") -> Iterator[Stage]:
    # As the programs do: a password kept here is checked there.
    hashers = override_settings(PASSWORD_HASHERS=base.PASSWORD_HASHERS)
    place = tempfile.TemporaryDirectory(prefix="quickcart-stage-")
    # The programs' stack is the last, so that they end before their database goes.
    with hashers, place as var, ground.opened() as filled, ExitStack() as programs:
        fresh = Stage(filled, Path(var), programs, place_in_valkey or corner())
        _open.append(fresh)
        try:
            yield fresh
        finally:
            _open.remove(fresh)
            connections.close_all()


def corner(number: str = CORNER) -> str:
    place = urlsplit(os.environ["REDIS_URL"])
    return urlunsplit(place._replace(path=f"/{number}"))


def fingerprint(shop: Shop | None = None) -> dict[str, str]:
    """Return what stands in each table of a shop, or of the hub, short."""
    place = context.inside(shop) if shop else context.in_public()
    with place, connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table not in TRACES:
                rows = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
                cursor.execute(rows)
                found[table] = cursor.fetchone()[0]
    return found


def tell(name: str, troubles: Iterable[str]) -> None:
    """Say the first of them on standard error: verdicts alone go to standard output."""
    for line in itertools.islice(troubles, SHOWN):
        print(f"  {name}: {line}", file=sys.stderr, flush=True)


def none(name: str, found: Iterable[str]) -> Verdict:
    """Judge that nothing was found; say on standard error what was."""
    bad = list(found)
    tell(name, bad)
    return exactly(name, len(bad), "found", 0)
