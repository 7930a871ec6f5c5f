"""What must not grow with the number of shops: pages, memory, births, sweeps."""

import itertools
import statistics
from collections.abc import Iterator
from contextlib import AbstractContextManager

from django_tenants.utils import get_public_schema_name
from support.verdicts import Check, Verdict, at_most, told

from benchmarks import birth, crowd, migrations
from benchmarks.kit import ground, load, serving
from notifications import tasks
from tenants import context, fleet
from tenants.models import Domain

SIZES, SMALL_SIZES = (10, 300, 1000), (5, 6)
CLIENTS, ROUNDS, SECONDS, SMALL_SECONDS = 4, 3, 15, 1
#: Front pages of so many shops are asked for in turn.
VISITED = 1000
#: Of so many, or all there are, the first visit is judged.
FIRST = 30


def shops(*, small: bool) -> Iterator[Verdict]:
    """Let the network grow and look at it at each size."""
    with ground.market(products=100) as market:
        first: dict[str, float] = {}
        for turn, size in enumerate(SMALL_SIZES if small else SIZES):
            crowd.grow_to(size)
            seconds = SMALL_SECONDS if small else SECONDS
            yield from _pages(market, first, shops=size, seconds=seconds)
            if turn:  # of a network of a few, `birth` tells
                yield from birth.births(shops=size)
        yield from _sweep(size)
        yield from migrations.migrations()


def _pages(
    market: ground.Ground, first: dict[str, float], *, shops: int, seconds: float
) -> Iterator[Verdict]:
    """A busy shop's pages; front pages as they are drawn for their first visitor."""
    hosts, there = _hosts(), f"at {shops} shops"
    others = [host for host in hosts if host != market.host][-FIRST:]
    fresh = [_first_visits(market, others) for _round in range(ROUNDS)]
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
    for name, spent in (
        ("pages of a busy shop, p95", min(each.percentile(95) for each in rounds)),
        ("pages of shops nobody had asked for, median", min(fresh)),
    ):
        base = first.setdefault(name, spent)
        words = f"{name} {there}"
        yield at_most(words, spent * 1000, "ms", 1.2, baseline=base * 1000)
    words = f"pages of shops nobody had asked for, all at once, p95 {there}"
    yield told(words, once.percentile(95) * 1000, "ms")
    base = first.setdefault("memory", memory)
    yield told(f"memory of the web workers {there}", memory, "MB", baseline=base)


def _first_visits(market: ground.Ground, hosts: list[str]) -> float:
    """Return the median of seconds a shop's first visitor waits, one at a time."""
    asked = [load.asking("/", host=host) for host in hosts]
    with _serving(market) as server:
        _warmed(server, market)
        seen = load.hammer(
            server.port, asked, clients=1, seconds=0, at_least=len(asked)
        )
    return statistics.median(seen.latencies)


def _serving(market: ground.Ground) -> AbstractContextManager[serving.Server]:
    told_off = market.environment(QUICKCART_PAGE_CACHE="off")
    return serving.serving(var=market.var, told=told_off)


def _warmed(server: serving.Server, market: ground.Ground) -> list[bytes]:
    """Ask for a busy shop's pages until workers have what they make once; return them."""
    busy = [load.asking("/shop/", host=market.host), load.asking("/", host=market.host)]
    load.hammer(server.port, busy, clients=CLIENTS, seconds=0, at_least=40)
    return busy


def _hosts() -> list[str]:
    with context.in_public():
        shops = Domain.objects.exclude(tenant__schema_name=get_public_schema_name())
        hosts = shops.order_by("pk").values_list("domain", flat=True)
        return list(itertools.islice(hosts, VISITED))


def _sweep(size: int) -> Iterator[Verdict]:
    """How long it takes to find the shops in which a message is due."""
    took = crowd.seconds(lambda: fleet.schemas_where(tasks.IS_DUE), times=5)
    yield at_most(f"sweep over {size} shops", took, "s", 2)


CHECKS = [Check("shops", shops)]
