"""Many people want the same thing at the same moment: who gets it, and who is told no.

Buyers whose order was refused press again in the next round, with the page they have:
so that each round costs its rush, not two hundred walks through the shop.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from chaos import customers
from chaos import ground as ground_of
from chaos.customers import Customer, Outcome
from chaos.ground import Ground
from support import verdicts
from support.verdicts import Check, Verdict

from storefront.oscar_apps.catalogue.models import Product

#: More processes than the product's two: more orders at the same moment.
MANY = {"web": ("--workers", "6")}


@dataclass(frozen=True)
class Size:
    """How many want how many, and how often that is tried."""

    buyers: int
    units: int
    rounds: int


FULL, SMALL = Size(200, 10, 20), Size(30, 5, 1)


@dataclass
class Buyer:
    """Somebody with a filled basket and a filled-in form."""

    customer: Customer
    filled: dict[str, str]


@dataclass
class Rush:
    """What came of the rounds of a race."""

    orders: list[int] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, is_it: Callable[[Outcome], bool]) -> int:
        return sum(map(is_it, self.outcomes))


async def prepare(
    http: httpx.AsyncClient, ground: Ground, *products: Product, slot: str = ""
) -> Buyer:
    """Return a buyer who has only to press.

    Raises:
        AssertionError: a product could not be put into the basket.
    """
    customer = Customer(http, ground, "alder")
    for product in products:
        page = await customer.take(product)
        assert page.location, f"{product} was not taken: {page}"
    return Buyer(customer, await customer.fill_in(slot=slot))


async def prepared(number: int, make: Callable[[], Any]) -> list[Buyer]:
    """Return so many buyers, made a few at a time."""
    room = asyncio.Semaphore(4)

    async def one() -> Buyer:
        async with room:
            return await make()

    return list(await asyncio.gather(*(one() for _buyer in range(number))))


async def press_at_once(buyers: list[Buyer]) -> list[Outcome]:
    return list(
        await asyncio.gather(*(buyer.customer.place(buyer.filled) for buyer in buyers))
    )


def rush(
    ground: Ground, size: Size, *, make: Callable[..., Any], refill: Callable[[], None]
) -> Rush:
    """Let buyers press at once, round for round; refill what they want in between."""
    found = Rush()

    async def rounds(http: httpx.AsyncClient) -> None:
        buyers: list[Buyer] = []
        for number in range(size.rounds):
            if number:
                await asyncio.to_thread(refill)
            buyers += await prepared(size.buyers - len(buyers), lambda: make(http))
            outcomes = await press_at_once(buyers)
            found.outcomes += outcomes
            found.orders.append(sum(one.is_ordered for one in outcomes))
            pairs = zip(buyers, outcomes, strict=True)
            buyers = [buyer for buyer, one in pairs if not one.is_ordered]

    customers.run(ground, rounds)
    return found


def for_units(ground: Ground, size: Size) -> Rush:
    """Let everybody want one of the last units."""
    product = ground.a_product(stock=size.units)
    return rush(
        ground,
        size,
        make=lambda http: prepare(http, ground, product),
        refill=lambda: ground.restock(product, by=size.units),
    )


def for_seats(ground: Ground, size: Size) -> Rush:
    """Let everybody want a seat in one slot, each with goods of their own.

    The same goods would have them wait for each other before they come to the seat.
    """
    goods, slot = ground.goods(), ground.a_slot(seats=size.units)
    return rush(
        ground,
        size,
        make=lambda http: prepare(http, ground, random.choice(goods), slot=slot.value),
        refill=lambda: ground.make_room(slot, seats=size.units),
    )


def served_by(name: str) -> dict[str, Any]:
    """Return what has a ground's web serve one of our own applications."""
    swaps = {"quickcart.wsgi:application": f"chaos.{name}:application"}
    return {"swaps": swaps, "told": with_tests()}


def with_tests() -> dict[str, str]:
    """Return the environment of a program that is one of ours, not the product's."""
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def last_units(*, small: bool) -> Iterator[Verdict]:
    """Two hundred buyers want ten units: ten get one, the others are told so."""
    yield from _race("units", for_units, small=small)


def last_seats(*, small: bool) -> Iterator[Verdict]:
    """Two hundred buyers want ten seats in one slot."""
    yield from _race("seats", for_seats, small=small)


def _race(
    what: str, race: Callable[[Ground, Size], Rush], *, small: bool
) -> Iterator[Verdict]:
    size = SMALL if small else FULL
    name = f"{size.buyers} buyers on {size.units} {what}"
    with _crowded(small=small, **served_by("hesitant")) as ground:
        found = race(ground, size)
        breaches = ground.breaches()
    wrong = sum(orders != size.units for orders in found.orders)
    yield verdicts.told(f"{name}: orders", sum(found.orders), "orders")
    yield verdicts.exactly(f"{name}: rounds with another number", wrong, "rounds", 0)
    yield verdicts.exactly(
        f"{name}: refused with a page that says why",
        found.count(lambda one: one.is_refused),
        "buyers",
        (size.buyers - size.units) * size.rounds,
    )
    broken = found.count(lambda one: one.is_broken)
    yield verdicts.exactly(f"{name}: broken answers", broken, "answers", 0)
    yield verdicts.exactly(f"{name}: breaches", len(breaches), "rows", 0)


def _crowded(*, small: bool, **ground: Any) -> AbstractContextManager[Ground]:
    """Return a ground, at full size one with more processes than the product's two."""
    return ground_of.borrowed(**ground) if small else Ground(added=MANY, **ground)


#: Two processes on a busy machine do not always meet; one meeting is enough.
TRIES = 8


def without_guards(*, small: bool) -> Iterator[Verdict]:
    """The same races with the guards taken out, and nothing else: were they silent, they
    would prove nothing where the guards are in."""
    # One round: what was sold too often is still owed when more arrives.
    size = SMALL if small else replace(FULL, rounds=1)
    with Ground(
        **served_by("unguarded"),
        added={} if small else MANY,
        only=frozenset({"web"}),
    ) as ground:
        ground.execute(
            "ALTER TABLE partner_stockrecord"
            " DROP CONSTRAINT stock_allocated_within_stock",
            "ALTER TABLE pickup_slot DROP CONSTRAINT slot_booked_within_room",
        )
        for what, race in (("units", for_units), ("seats", for_seats)):
            too_many = 0
            for _try in range(TRIES):
                sold = sum(race(ground, size).orders)
                too_many = max(too_many, sold - size.units * size.rounds)
                if too_many:
                    break
            yield verdicts.at_least(
                f"guards off, {size.buyers} buyers on {size.units} {what}: too many",
                too_many,
                "orders",
                1,
            )
        breaches = ground.breaches()
    yield verdicts.at_least("guards off: breaches", len(breaches), "rows", 2)


def crossed_baskets(*, small: bool) -> Iterator[Verdict]:
    """Baskets of the same goods, put in in any order: nobody waits in a circle."""
    number, things = (20, 5) if small else (100, 10)
    with _crowded(small=small) as ground:
        goods, before = ground.goods()[:things], ground.deadlocks()

        async def everybody(http: httpx.AsyncClient) -> list[Outcome]:
            def make() -> Any:
                shuffled = random.sample(goods, things)
                return prepare(http, ground, *shuffled)

            return await press_at_once(await prepared(number, make))

        outcomes = customers.run(ground, everybody)
        deadlocks, breaches = ground.deadlocks() - before, ground.breaches()
    ordered = sum(one.is_ordered for one in outcomes)
    name = f"{number} baskets of the same {things} goods"
    yield verdicts.exactly(f"{name}: orders", ordered, "orders", number)
    yield verdicts.exactly(f"{name}: deadlocks", deadlocks, "deadlocks", 0)
    yield verdicts.exactly(f"{name}: breaches", len(breaches), "rows", 0)


def pressed_often(*, small: bool) -> Iterator[Verdict]:
    """One page, sent many times at the same moment, is one order."""
    number = 10 if small else 50
    with _crowded(small=small) as ground:
        before, product = ground.orders(), ground.goods()[0]

        async def impatient(http: httpx.AsyncClient) -> list[Outcome]:
            buyer = await prepare(http, ground, product)
            return await press_at_once([buyer] * number)

        outcomes = customers.run(ground, impatient)
        made = ground.orders().keys() - before.keys()
        breaches = ground.breaches()
    shown = {one.reference for one in outcomes}
    name = f"{number} identical posts"
    yield verdicts.exactly(f"{name}: orders", len(made), "orders", 1)
    same = sum({one.reference} == made for one in outcomes)
    yield verdicts.exactly(f"{name}: led to it", same, "answers", number)
    yield verdicts.exactly(f"{name}: led elsewhere", len(shown - made), "orders", 0)
    yield verdicts.exactly(f"{name}: breaches", len(breaches), "rows", 0)


def never_heard(*, small: bool) -> Iterator[Verdict]:
    """The answer is lost after the order was written; the customer presses again."""
    number = 3 if small else 30
    with ground_of.borrowed() as ground:
        before, product = ground.orders(), ground.goods()[0]

        async def unlucky(http: httpx.AsyncClient) -> tuple[str, Outcome]:
            buyer = await prepare(http, ground, product)
            known = await asyncio.to_thread(ground.orders)
            async with buyer.customer.pressing(buyer.filled):
                made = await asyncio.to_thread(_next_order, ground, known)
            return made, await buyer.customer.place(buyer.filled)

        async def one_by_one(http: httpx.AsyncClient) -> list[tuple[str, Outcome]]:
            return [await unlucky(http) for _customer in range(number)]

        pairs = customers.run(ground, one_by_one)
        made = ground.orders().keys() - before.keys()
        breaches = ground.breaches()
    same = sum(reference == again.reference for reference, again in pairs)
    name = f"{number} answers lost after the commit"
    yield verdicts.exactly(f"{name}: orders", len(made), "orders", number)
    yield verdicts.exactly(
        f"{name}: the same when pressed again", same, "orders", number
    )
    yield verdicts.exactly(f"{name}: breaches", len(breaches), "rows", 0)


def _next_order(ground: Ground, known: Collection[str]) -> str:
    """Wait for an order that was not there before; return its reference.

    Raises:
        AssertionError: none comes.
    """
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if new := ground.orders().keys() - set(known):
            return new.pop()
        time.sleep(0.05)
    raise AssertionError("No order came of it.")


CHECKS = [
    Check("races: last units", last_units),
    Check("races: last seats", last_seats),
    Check("races: without guards", without_guards),
    Check("races: crossed baskets", crossed_baskets),
    Check("races: pressed often", pressed_often),
    Check("races: never heard", never_heard),
]
