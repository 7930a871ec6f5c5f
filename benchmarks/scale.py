"""What must not grow with the number of shops: pages, memory, births, sweeps."""

import itertools
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

from django_tenants.utils import get_public_schema_name
from support.verdicts import Check, Verdict, at_most, exactly, told

from benchmarks import birth, crowd, migrations, pages, sweeps
from benchmarks.kit import ground, load, serving
from storefront.cards.models import ProductCard
from tenants import context
from tenants.models import Domain, Shop

SIZES, SMALL_SIZES = (10, 300, 1000), (5, 6)
CLIENTS, ROUNDS, SECONDS, SMALL_SECONDS = 4, 3, 15, 1
WARMING = 16
#: Seconds in which a worker that is loading does something, and how often to look.
LOOK, MOST_LOOKS = 0.5, 60
#: Front pages of so many shops are asked for in turn.
VISITED = 1000
#: So often the server is started for shops' first visitors.
STARTS, SMALL_STARTS = 10, 2
AT_ONCE = "all at once, p95"


def shops(*, small: bool) -> Iterator[Verdict]:
    """Let the network grow and look at it at each size."""
    with ground.market(products=100) as market:
        first: dict[str, float] = {}
        for turn, size in enumerate(SMALL_SIZES if small else SIZES):
            crowd.grow_to(size)
            yield from _pages(market, first, shops=size, small=small)
            if turn:  # of a network of a few, `birth` tells
                yield from birth.births(shops=size)
        yield from sweeps.sweeps(market)
        yield from migrations.migrations()


def _pages(
    market: ground.Ground, first: dict[str, float], *, shops: int, small: bool
) -> Iterator[Verdict]:
    """Pages of a busy shop, and of shops as they are drawn for their first visitors."""
    hosts, there = _hosts(), f"at {shops} shops"
    seconds = SMALL_SECONDS if small else SECONDS
    fresh = _first_visits(market, hosts, small=small)
    with _serving(market) as server:
        busy = _warmed(server, market)
        rounds = [
            load.hammer(server.port, busy, clients=CLIENTS, seconds=seconds / ROUNDS)
            for _round in range(ROUNDS)
        ]
        every = [load.asking("/", host=host) for host in hosts]
        once = load.hammer(
            server.port, every, clients=CLIENTS, seconds=0, at_least=len(every)
        )
        memory = server.resident_bytes() / 2**20
    # What disturbs a round only slows it.
    warm = min(each.percentile(95) for each in rounds)
    for name, spent in (
        ("pages of a busy shop, p95", warm),
        ("pages of shops nobody had asked for, p95", fresh.percentile(95)),
    ):
        base = first.setdefault(name, spent)
        words = f"{name} {there}"
        yield at_most(words, spent * 1000, "ms", 1.2, baseline=base * 1000)
    for name, seen in (
        ("median", fresh.percentile(50)),
        (AT_ONCE, once.percentile(95)),
    ):
        words = f"pages of shops nobody had asked for, {name} {there}"
        yield told(words, seen * 1000, "ms")
    failures = fresh.failures + once.failures + sum(each.failures for each in rounds)
    yield exactly(f"pages that failed {there}", failures, "pages", 0)
    base = first.setdefault("memory", memory)
    yield told(f"memory of the web workers {there}", memory, "MB", baseline=base)


def _first_visits(market: ground.Ground, hosts: list[str], *, small: bool) -> load.Load:
    """Return how long shops' first visitors wait, one at a time.

    After each start of the server as many shops are asked for, whatever the size of the
    network. One shop is drawn before and not counted: the first that a process draws has
    it read the templates, however many shops there are.
    """
    before, *others = (host for host in hosts if host != market.host)
    wanted = (SMALL_SIZES if small else SIZES)[0] - 2
    chosen = others[:: max(1, len(others) // wanted)][:wanted]
    asked = [load.asking("/", host=host) for host in chosen]
    whole = load.Load()
    for _start in range(SMALL_STARTS if small else STARTS):
        with _serving(market) as server:
            _warmed(server, market, load.asking("/", host=before))
            seen = load.hammer(
                server.port, asked, clients=1, seconds=0, at_least=len(asked)
            )
        whole.latencies += seen.latencies
        whole.failures += seen.failures
    return whole


def _serving(market: ground.Ground) -> AbstractContextManager[serving.Server]:
    told_off = market.environment(QUICKCART_PAGE_CACHE="off")
    return serving.serving(var=market.var, told=told_off)


def _warmed(server: serving.Server, market: ground.Ground, *more: bytes) -> list[bytes]:
    """Ask for a busy shop's pages until workers have what they make once; return them.

    Args:
        more: what is asked for beside them.
    """
    busy = [load.asking(path, host=market.host) for path in _paths(market.shop)]
    _rested(server)
    # One worker may take all connections that come at once; not those between.
    for clients in (WARMING, *[1, 2] * (WARMING // 2)):
        load.hammer(
            server.port, [*busy, *more], clients=clients, seconds=0, at_least=WARMING
        )
    return busy


def _rested(server: serving.Server) -> None:
    """Wait for the workers that are not ready yet when the first one answers."""
    for _look in range(MOST_LOOKS):
        before = server.cpu_seconds()
        time.sleep(LOOK)
        if server.cpu_seconds() - before < LOOK / 10:
            return


def _paths(shop: Shop) -> list[str]:
    """Return one page of each kind."""
    aisle = ground.biggest_category(shop).get_absolute_url()
    with context.inside(shop):
        product = ProductCard.objects.order_by("pk")[0].url
    return ["/", "/shop/", aisle, product, f"/shop/search/?q={pages.WORD}"]


def _hosts() -> list[str]:
    with context.in_public():
        shops = Domain.objects.exclude(tenant__schema_name=get_public_schema_name())
        hosts = shops.order_by("pk").values_list("domain", flat=True)
        return list(itertools.islice(hosts, VISITED))


CHECKS = [Check("shops", shops)]
