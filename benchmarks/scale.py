"""What must not grow with the number of shops: pages, memory, births, sweeps."""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from django_tenants.utils import get_public_schema_name
from support.verdicts import Check, Verdict, at_most, exactly, told

from benchmarks import birth, crowd, migrations, pages, sweeps
from benchmarks.kit import ground, machine
from benchmarks.network import Network
from tenants import context
from tenants.models import Domain

SIZES, SMALL_SIZES = (10, 300, 1000), (5, 6)
#: So often both networks' servers are started at each size, and asked in turn.
STARTS, SMALL_STARTS, ROUNDS = 8, 1, 2
#: Shops without a first visitor: the busy one, and the one that is drawn before.
KNOWN = 2
#: DESIGN's promise, of any page with 1,000 shops beside the same with ten.
MOST_RATIO = 1.2
FIRST = "pages of shops nobody had asked for"


def shops(*, small: bool) -> Iterator[Verdict]:
    """Let the network grow and look at it at each size."""
    fewest, *more = SMALL_SIZES if small else SIZES
    starts = SMALL_STARTS if small else STARTS
    with ground.market(products=100) as market:
        crowd.grow_to(fewest)
        with pages.served(market, cache="off") as server:
            kinds = {
                page.name: page.requests()
                for page in pages.of_ours(market, server)
                if page.name not in pages.BESIDE
            }
        with ground.twin(market) as few:
            for size in (fewest, *more):
                crowd.grow_to(size)
                hosts, told_of = _hosts(), {"kinds": kinds, "wanted": fewest - KNOWN}
                of_few = Network(few, hosts=hosts[:fewest], **told_of)
                of_all = Network(market, hosts=hosts, **told_of)
                with machine.apart():
                    _look_at(of_few, of_all, starts=starts)
                yield from _pages(of_few, of_all, there=f"at {size} shops")
                if size != fewest:  # of a network of a few, `birth` tells
                    yield from birth.births(shops=size)
        yield from sweeps.sweeps(market)
        yield from migrations.migrations()


def _look_at(*networks: Network, starts: int) -> None:
    """Ask networks in turn, while all of them are served.

    A machine is not as fast in one minute as in the next: what differs within the same
    minutes is owed to the shops. They take turns at being the first asked.
    """
    for start in range(starts + 1):
        in_turn = networks[:: -1 if start % 2 else 1]
        with ExitStack() as stack:
            for network in in_turn:
                stack.enter_context(network.served())
            for network in in_turn:
                seen = network.visit_unseen()
                # After the first start PostgreSQL has read the shops' rows: what comes
                # again with each start is what is counted.
                if start:
                    network.first.latencies += seen.latencies
            for network in in_turn * (ROUNDS if start else 0):
                network.shop()
    for network in networks:
        network.visit_all()


def _pages(few: Network, shops: Network, *, there: str) -> Iterator[Verdict]:
    """Judge what was seen of pages by what was seen of a few shops' meanwhile."""
    judged = {
        f"page {kind}, p95": (median(rounds), median(few.rounds[kind]))
        for kind, rounds in shops.rounds.items()
    }
    judged[f"{FIRST}, p95"] = shops.first.percentile(95), few.first.percentile(95)
    for name, (spent, base) in judged.items():
        words = f"{name} {there}"
        yield at_most(words, spent * 1000, "ms", MOST_RATIO, baseline=base * 1000)
    for name, spent, base in (
        ("median", shops.first.percentile(50), few.first.percentile(50)),
        ("all at once, p95", shops.once.percentile(95), few.once.percentile(95)),
    ):
        words = f"{FIRST}, {name} {there}"
        yield told(words, spent * 1000, "ms", baseline=base * 1000)
    failures = few.failures + shops.failures
    yield exactly(f"pages that failed {there}", failures, "pages", 0)
    yield told(
        f"memory of the web workers {there}",
        shops.memory / 2**20,
        "MB",
        baseline=few.memory / 2**20,
    )


def _hosts() -> list[str]:
    with context.in_public():
        shops = Domain.objects.exclude(tenant__schema_name=get_public_schema_name())
        return list(shops.order_by("pk").values_list("domain", flat=True))


CHECKS = [Check("shops", shops)]
