"""Placing an order, the step alone: many at once, on one product and on a thousand.

Beside it the bare transaction that an order cannot do without, in plain psycopg2:
four inserts, then the guarded update of the stock. Each customer is a process.
"""

import itertools
import multiprocessing
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
from django.db import connections
from kombu import pools
from support import verdicts, worker
from support.verdicts import Verdict

from benchmarks.kit import counting, ground
from kernel import clock
from notifications import wakeup
from storefront import fulfilment
from storefront.commerce import orders, pricing
from storefront.commerce.pricing import OutOfStock
from storefront.oscar_apps.basket.models import Basket, Line
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.partner.strategy import Shelf
from tenants import context

CUSTOMERS = 16
CONTACT = orders.Contact(name="Ana Byrne", email="ana@example.com")
LEAST_HOT = 0.9  # of the rate that a thousand products have
MOST_QUERIES = 25

BARE_TABLES = """
CREATE SCHEMA bare;
CREATE TABLE bare.stock (id bigint PRIMARY KEY, num_in_stock int NOT NULL,
    num_allocated int NOT NULL DEFAULT 0, CHECK (num_allocated <= num_in_stock));
CREATE TABLE bare.attempt (key uuid PRIMARY KEY, digest text NOT NULL);
CREATE TABLE bare.orders (id bigserial PRIMARY KEY, total numeric(12, 2) NOT NULL);
CREATE TABLE bare.line (id bigserial PRIMARY KEY, stock_id bigint NOT NULL,
    order_id bigint NOT NULL REFERENCES bare.orders, quantity int NOT NULL);
CREATE TABLE bare.outbox (id bigserial PRIMARY KEY, dedupe_key text NOT NULL UNIQUE,
    payload jsonb NOT NULL);
INSERT INTO bare.stock SELECT n, 2000000000 FROM generate_series(0, 999) n;
"""
BARE_ATTEMPT = "INSERT INTO bare.attempt VALUES (%s, 'digest')"
BARE_ORDER = "INSERT INTO bare.orders (total) VALUES (2.50) RETURNING id"
BARE_LINE = "INSERT INTO bare.line (stock_id, order_id, quantity) VALUES (%s, %s, 1)"
BARE_OUTBOX = "INSERT INTO bare.outbox (dedupe_key, payload) VALUES (%s, '{}')"
BARE_STOCK = """
UPDATE bare.stock SET num_allocated = num_allocated + 1
WHERE id = %s AND num_in_stock - num_allocated >= 1
"""

#: Does the work of one customer: told when to begin, returns how often it succeeded.
Customer = Callable[[int, Callable[[], None]], int]


@dataclass(frozen=True)
class Outcome:
    """What a crowd did."""

    done: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def measure(*, small: bool) -> Iterator[Verdict]:
    """Let processes place orders for goods there are plenty of, then for a few."""
    products, each, people = (110, 4, 4) if small else (1000, 60, CUSTOMERS)
    with ground.market(products=products) as shop:
        records = _records(shop)
        hot, spread = _best_of_both(
            lambda goods: _placed(shop, goods, people=people, each=each),
            records[:1],
            records,
            rounds=1 if small else 3,
        )
        yield verdicts.at_least(
            f"orders placed a second, {people} at once, one hot product beside many",
            hot,
            "orders/s",
            # So few orders say no more than that they are placed.
            LEAST_HOT if not small else 0.2,
            baseline=spread,
        )
        bare_hot, bare_spread = _bare(people=people, each=each * 20)
        yield verdicts.told(
            f"orders placed a second, {people} at once, many products, "
            "beside the bare transaction",
            spread,
            "orders/s",
            baseline=bare_spread,
        )
        yield verdicts.told(
            f"bare transactions a second, {people} at once, one hot row beside many",
            bare_hot,
            "tx/s",
            baseline=bare_spread,
        )
        yield from _counted(shop, records[-1], people=people, each=each)
        asked = _queries(shop, records[0])
        yield verdicts.at_most(
            "place an order: queries", asked, "queries", MOST_QUERIES
        )


CHECKS = [verdicts.Check("placing", measure)]


def _counted(
    shop: ground.Ground, record: int, *, people: int, each: int
) -> Iterator[Verdict]:
    """Twice as many customers as units: there are as many orders as units."""
    units = people * each // 2
    with context.inside(shop.shop):
        before = Order.objects.count()
        StockRecord.objects.filter(pk=record).update(
            num_in_stock=units, num_allocated=0
        )
    outcome = _placed(shop, [record], people=people, each=each)
    with context.inside(shop.shop):
        written = Order.objects.count() - before
        allocated = StockRecord.objects.get(pk=record).num_allocated
    wanted = people * each
    yield verdicts.exactly(
        f"orders of {units} units by {wanted} buyers", written, "orders", units
    )
    yield verdicts.exactly("units allocated to them", allocated, "units", units)
    yield verdicts.exactly("customers told so", outcome.done, "orders", units)


def _queries(shop: ground.Ground, record: int) -> int:
    """Return how often placing an order asks the database, savepoints included."""
    with context.inside(shop.shop):
        first, second = wishes_of(fill_baskets([record], 2))
        orders.place(**first)  # what is asked once in a process
        with counting.counted() as queries:
            orders.place(**second)
    return len(queries)


def _best_of_both(
    run: Callable[[Sequence[int]], Outcome],
    hot: Sequence[int],
    spread: Sequence[int],
    *,
    rounds: int,
) -> tuple[float, float]:
    """Return both rates, the best of rounds taken in turn."""
    rates = [(run(hot).rate, run(spread).rate) for _round in range(rounds)]
    return max(rate for rate, _other in rates), max(rate for _other, rate in rates)


def _records(shop: ground.Ground) -> list[int]:
    with context.inside(shop.shop):
        return list(StockRecord.objects.order_by("pk").values_list("pk", flat=True))


def _placed(
    shop: ground.Ground, records: Sequence[int], *, people: int, each: int
) -> Outcome:
    """Let people place so many orders each, of goods drawn from some records."""
    with context.inside(shop.shop):
        baskets = fill_baskets(records, people * each)
    shares = [baskets[number::people] for number in range(people)]

    def customer(number: int, ready: Callable[[], None]) -> int:
        with context.inside(shop.shop):
            wishes = wishes_of(shares[number])
            ready()
            return sum(map(_is_placed, wishes))

    return _crowd(customer, people=people)


def fill_baskets(records: Sequence[int], number: int) -> list[int]:
    """Fill so many baskets with one product each, the records taken in turn."""
    stock = {each.pk: each for each in StockRecord.objects.filter(pk__in=records)}
    baskets = Basket.objects.bulk_create(Basket() for _basket in range(number))
    Line.objects.bulk_create(
        Line(
            basket=basket,
            product_id=stock[pk].product_id,
            stockrecord_id=pk,
            line_reference=f"{stock[pk].product_id}_{pk}",
            price_currency=stock[pk].price_currency,
            price_incl_tax=stock[pk].price,
            price_excl_tax=stock[pk].price,
        )
        for basket, pk in zip(baskets, itertools.cycle(records), strict=False)
    )
    return [basket.pk for basket in baskets]


def wishes_of(baskets: Sequence[int]) -> list[dict[str, Any]]:
    """Return what `orders.place` is to be asked, as the checkout's page would."""
    now = clock.now()
    days = fulfilment.provider().days(basket=None, now=now)
    slots = [offer.value for day in days for offer in day.slots if offer.left]
    wishes = []
    for basket in Basket.objects.filter(pk__in=baskets).order_by("pk"):
        basket.strategy = Shelf()
        wishes.append(
            {
                "basket": basket,
                "contact": CONTACT,
                "user": None,
                "slot": random.choice(slots),
                "payment_method": "pay_at_pickup",
                "key": uuid.uuid4(),
                "agreed": pricing.quote(basket).agreed(),
                "now": now,
            }
        )
    return wishes


def _is_placed(wish: dict[str, Any]) -> bool:
    try:
        orders.place(**wish)
    except OutOfStock:
        return False
    return True


def _bare(*, people: int, each: int) -> tuple[float, float]:
    """Return the rates of the bare transaction on one row and on a thousand."""
    address = worker.database_url()
    with psycopg2.connect(address) as database, database.cursor() as cursor:
        cursor.execute(BARE_TABLES)
    database.close()

    def run(rows: Sequence[int]) -> Outcome:
        def customer(number: int, ready: Callable[[], None]) -> int:
            database = psycopg2.connect(address)
            chosen = random.Random(number)
            ready()
            for _order in range(each):
                _buy_bare(database, chosen.choice(rows))
            database.close()
            return each

        return _crowd(customer, people=people)

    return _best_of_both(run, [0], range(1000), rounds=1)


def _buy_bare(database: "psycopg2.extensions.connection", row: int) -> None:
    with database, database.cursor() as cursor:
        key = str(uuid.uuid4())
        cursor.execute(BARE_ATTEMPT, [key])
        cursor.execute(BARE_ORDER)
        [order] = cursor.fetchone()
        cursor.execute(BARE_LINE, [row, order])
        cursor.execute(BARE_OUTBOX, [key])
        cursor.execute(BARE_STOCK, [row])
        if cursor.rowcount != 1:
            raise RuntimeError("A row that has plenty had nothing.")


def _forget_the_brokers_connections() -> None:
    # Those of the parent are closed in a child.
    wakeup._producers.cache_clear()
    pools.reset()


def _crowd(customer: Customer, *, people: int) -> Outcome:
    """Let processes do their work, all from the same moment on.

    Raises:
        RuntimeError: one of them failed.
    """
    connections.close_all()  # a connection cannot be shared with a child
    forking = multiprocessing.get_context("fork")
    gate, results = forking.Barrier(people), forking.Queue()

    def work(number: int) -> None:
        random.seed(number)
        _forget_the_brokers_connections()
        began: list[float] = []

        def ready() -> None:
            gate.wait(timeout=120)
            began.append(time.perf_counter())

        try:
            done = customer(number, ready)
            results.put((done, began[0], time.perf_counter()))
        except Exception as error:
            gate.abort()
            results.put((repr(error), 0.0, 0.0))
            raise
        finally:
            connections.close_all()

    children = [forking.Process(target=work, args=[each]) for each in range(people)]
    for child in children:
        child.start()
    told = [results.get(timeout=600) for _child in children]
    for child in children:
        child.join()
    if failed := [done for done, *_when in told if isinstance(done, str)]:
        raise RuntimeError(failed[0])
    started = min(begin for _done, begin, _end in told)
    ended = max(end for _done, _begin, end in told)
    return Outcome(sum(done for done, *_when in told), ended - started)
