"""What must not grow with the number of shops: pages, memory, births, sweeps."""

import itertools
from collections.abc import Iterator

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


def shops(*, small: bool) -> Iterator[Verdict]:
    """Let the network grow and look at it at each size."""
    with ground.market(products=100) as market:
        first: dict[str, float] = {}
        for size in SMALL_SIZES if small else SIZES:
            crowd.grow_to(size)
            seconds = SMALL_SECONDS if small else SECONDS
            yield from _pages(market, first, shops=size, seconds=seconds)
            yield from birth.births(shops=size)
        yield from _sweep(size)
        yield from migrations.migrations()


def _pages(
    market: ground.Ground, first: dict[str, float], *, shops: int, seconds: float
) -> Iterator[Verdict]:
    """A busy shop's pages; and every shop's front page once, drawn for its first visitor."""
    busy = [load.asking("/shop/", host=market.host), load.asking("/", host=market.host)]
    told_off = market.environment(QUICKCART_PAGE_CACHE="off")
    there = f"at {shops} shops"
    with serving.serving(var=market.var, told=told_off) as server:
        every = [load.asking("/", host=host) for host in _hosts()]
        load.hammer(server.port, busy * 20, clients=CLIENTS, seconds=0, at_least=40)
        rounds = [
            load.hammer(server.port, busy, clients=CLIENTS, seconds=seconds / ROUNDS)
            for _round in range(ROUNDS)
        ]
        once = load.hammer(
            server.port, every, clients=CLIENTS, seconds=0, at_least=len(every)
        )
        for name, seen in (
            ("a busy shop", rounds),
            ("shops nobody had asked for", [once]),
        ):
            # What disturbs a round only slows it.
            p95 = min(each.percentile(95) for each in seen) * 1000
            base = first.setdefault(name, p95)
            words = f"pages of {name}, p95 {there}"
            yield at_most(words, p95, "ms", 1.2, baseline=base)
        memory = server.resident_bytes() / 2**20
        base = first.setdefault("memory", memory)
        yield told(f"memory of the web workers {there}", memory, "MB", baseline=base)


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
