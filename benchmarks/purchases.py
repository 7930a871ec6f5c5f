"""Whole guest purchases: forms filled in over HTTP, in our shop and in Oscar's.

One purchase of ours is counted, judged and raced: product, into the basket, checkout,
order, its page. Beside it stands Oscar's whole guest purchase, with each step and
redirect that it asks for. Our basket answers in place, as it does where scripts run;
without them it redirects, which is a sixth request. What scripts send of themselves is
not in the five: the time that was chosen, so that it is kept while the form is filled
in (that purchase is told beside ours, and how many there are a second), and a page's
question for the basket's bar (not measured here).

Neither shop's letters are delivered here: Oscar writes its confirmation while the
customer waits and hands it to nobody; ours lies in the outbox. What the worker then
does with letters is measured apart (`post`).
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from support import verdicts
from support.verdicts import Verdict

from benchmarks.kit import ground, machine, serving, shopping
from benchmarks.kit.serving import Server
from benchmarks.kit.visitor import Visitor
from benchmarks.oscar import ground as oscar_ground
from storefront.cards.models import ProductCard
from tenants import context

CROWDS = (1, 4, 16)
#: DESIGN's promises.
MOST_REQUESTS, MOST_QUERIES, LEAST_RATIO = 5, 80, 10
#: More, and the clients would be measured.
MOST_SHARE = 0.7
#: The purchase of one request more: where scripts run, a chosen time is sent ahead.
KEEPING = "guest purchase with a time kept first"


@dataclass(frozen=True)
class Shop:
    """Where to buy, what, and how."""

    server: Server
    host: str
    products: list[str]
    buyer: shopping.Buyer

    def visitor(self, *, counts_queries: bool = False) -> Visitor:
        return Visitor(self.server.port, host=self.host, counts_queries=counts_queries)


def measure(*, small: bool) -> Iterator[Verdict]:
    """Count what one purchase takes, then let crowds buy."""
    products, seconds, crowds = (110, 1.0, (4,)) if small else (500, 12.0, CROWDS)
    with ExitStack() as stack:
        market = stack.enter_context(ground.market(products=products))
        oscar = stack.enter_context(oscar_ground.shop(market))
        stack.enter_context(machine.apart())
        ours = stack.enter_context(
            serving.serving(var=market.var, told=market.environment())
        )
        theirs = stack.enter_context(
            serving.serving(
                var=market.var, told=oscar.told, application=oscar_ground.APPLICATION
            )
        )
        with context.inside(market.shop):
            cards = ProductCard.objects.order_by("pk")[:100]
            goods = [card.url for card in cards]
        our_shop = Shop(ours, market.host, goods, shopping.buy_quickly)
        keeping = replace(our_shop, buyer=shopping.buy)
        their_shop = Shop(
            theirs, oscar_ground.HOST, _oscars_goods(oscar), shopping.oscar_buy
        )
        yield from _counted(our_shop, keeping, their_shop)
        busy, began = time.process_time(), time.perf_counter()
        for clients in crowds:
            yield _raced(our_shop, their_shop, clients=clients, seconds=seconds)
        rate = _rate(keeping, clients=clients, seconds=seconds)
        yield verdicts.told(f"{KEEPING}: {clients} clients", rate, "orders/s")
        share = (time.process_time() - busy) / (time.perf_counter() - began)
    name = "guest purchases: clients' share of their core"
    yield verdicts.at_most(name, share, "cores", MOST_SHARE)


CHECKS = [verdicts.Check("purchases", measure)]


def _oscars_goods(oscar: oscar_ground.Oscar) -> list[str]:
    rows = "SELECT '/catalogue/' || slug || '_' || id || '/' FROM catalogue_product"
    return [path for (path,) in oscar.execute(f"{rows} ORDER BY id LIMIT 100")]


def _counted(ours: Shop, keeping: Shop, theirs: Shop) -> Iterator[Verdict]:
    for unit, most, cost, more, beside in zip(
        ("requests", "queries"),
        (MOST_REQUESTS, MOST_QUERIES),
        _cost(ours),
        _cost(keeping),
        _cost(theirs),
        strict=True,
    ):
        name = f"guest purchase: {unit}"
        yield verdicts.at_most(name, cost, unit, most)
        yield verdicts.told(f"{name}, beside Oscar's", cost, unit, baseline=beside)
        yield verdicts.told(f"{KEEPING}: {unit}", more, unit)


def _cost(shop: Shop) -> tuple[int, int]:
    """Return requests and queries of a purchase when everything is warm."""
    costs = []
    for _purchase in range(4):
        visitor = shop.visitor(counts_queries=True)
        shop.buyer(visitor, shop.products[0])
        visitor.close()
        costs.append((visitor.requests, visitor.queries))
    return min(costs)


def _raced(ours: Shop, theirs: Shop, *, clients: int, seconds: float) -> Verdict:
    words = "client" if clients == 1 else "clients"
    return verdicts.at_least(
        f"guest purchases a second, {clients} {words}, beside Oscar's",
        _rate(ours, clients=clients, seconds=seconds),
        "orders/s",
        # What is promised is promised of a crowd.
        LEAST_RATIO if clients == max(CROWDS) else 1,
        baseline=_rate(theirs, clients=clients, seconds=seconds),
    )


def _rate(shop: Shop, *, clients: int, seconds: float) -> float:
    """Return the purchases a second of so many customers, one after the other each.

    Raises:
        Unexpected: a purchase failed.
    """
    shop.buyer(shop.visitor(), shop.products[0])
    started = time.perf_counter()
    ends = started + seconds
    with ThreadPoolExecutor(clients) as pool:
        crowd = [
            pool.submit(_buy_on, shop, number, clients, ends)
            for number in range(clients)
        ]
        done = [moment for customer in crowd for moment in customer.result()]
    return len(done) / (max(done) - started)


def _buy_on(shop: Shop, number: int, step: int, ends: float) -> list[float]:
    """Buy until a moment has passed, at least once; return when each was done."""
    done: list[float] = []
    while not done or done[-1] < ends:
        with closing(shop.visitor()) as visitor:
            shop.buyer(visitor, shop.products[number % len(shop.products)])
        done.append(time.perf_counter())
        number += step
    return done
