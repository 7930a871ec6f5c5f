"""From the change of an order's state to the pages that show it.

A page does what its script (`live.js`) does: it hears a word on its socket, asks the
web server for the order's state, and shows it. All pages of an order hear the same
word and ask at once; each asks on a connection of its own, as browsers do. All pages
are open at every change: those of orders that nothing happens to, and those whose order
has changed already.
"""

import asyncio
import itertools
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import psutil
from django.db import connection
from django.urls import reverse
from django.utils.html import escape
from factories import selling
from support import network, smtp
from support.verdicts import Check, Verdict, at_most, exactly, told
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from benchmarks import post
from benchmarks.kit import ground, machine
from kernel import clock
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.tracking import progress
from tenants import context

SOCKETS, SMALL_SOCKETS = (1, 100, 1000), (1, 10)
CHANGES, SMALL_CHANGES = 40, 5
WARMING = 8
#: DESIGN's promise, in milliseconds.
MOST = 500
#: What the page's script says of itself.
HEADERS = "HX-Request: true\r\nX-Live: 1\r\nConnection: close\r\n"
PATIENCE = 60


def sockets(*, small: bool) -> Iterator[Verdict]:
    """Open ever more pages, and change one order after the other."""
    names = ("web", "realtime", "worker")
    with ground.market(products=100) as market, smtp.SmtpServer() as server:
        orders = _orders(market, SMALL_CHANGES if small else CHANGES)
        for count in SMALL_SOCKETS if small else SOCKETS:
            # Started anew: what is left of earlier sockets is memory these could use.
            with post.running(market, server, *names) as programs:
                watch = Watch(market, programs, orders, count)
                asyncio.run(watch.run())
            yield from _judged(watch)


CHECKS = [Check("sockets", sockets)]


@dataclass
class Watch:
    """So many open pages, shared out over the orders, and one change after another."""

    market: ground.Ground
    programs: network.Network
    orders: list[Order]
    count: int
    #: Seconds from before the change to the word on the socket, to the state shown.
    heard: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    missed: int = 0
    #: Pages told by the change that told most.
    told: int = 0
    #: Of all pages those whose socket was open, after each change.
    still_open: list[int] = field(default_factory=list)
    #: Bytes of realtime's that all sockets together took; None of too few.
    memory: int | None = None

    async def run(self) -> None:
        first, *orders = self.orders
        # What is slow but once, in each of web's workers, and realtime's first memory.
        warming = [await self._open(first) for _page in range(WARMING)]
        await self._change(first, warming)
        if self.count < len(orders):
            await _close(warming)
            for order in orders:
                page = await self._open(order)
                await self._measure(order, [page], among=[page])
                await page.close()
            return
        before = _resident(self.programs)
        looking: dict[int, list[ClientConnection]] = defaultdict(list)
        for order in itertools.islice(itertools.cycle(orders), self.count):
            looking[order.pk].append(await self._open(order))
        self.memory = _resident(self.programs) - before
        await _close(warming)
        everybody = [page for pages in looking.values() for page in pages]
        for order in orders:
            await self._measure(order, looking[order.pk], among=everybody)
        await _close(everybody)

    async def _measure(
        self,
        order: Order,
        pages: Sequence[ClientConnection],
        *,
        among: Sequence[ClientConnection],
    ) -> None:
        """Change an order while its pages look on, among all that are open."""
        self.told = max(self.told, len(pages))
        for seen in await self._change(order, pages):
            if seen is None:
                self.missed += 1
            else:
                heard, shown = seen
                self.heard.append(heard)
                self.shown.append(shown)
        self.still_open.append(sum(page.state is State.OPEN for page in among))

    async def _open(self, order: Order) -> ClientConnection:
        """Load an order's page and open its socket."""
        await self._fetched(f"/orders/{order.public_reference}/")
        here = f"{self.market.host}:{self.programs.realtime_port}"
        return await connect(
            f"ws://{here}/ws/orders/{order.public_reference}/",
            host="127.0.0.1",
            origin=f"http://{self.market.host}:{self.programs.port}",
        )

    async def _change(
        self, order: Order, pages: Iterable[ClientConnection]
    ) -> list[tuple[float, float] | None]:
        """Change an order; return for each page the seconds to the word and the state.

        None for a page that did not show it.
        """
        state, to = await asyncio.to_thread(self._ahead, order)
        looking = [asyncio.create_task(self._see(page, state, to)) for page in pages]
        started = time.perf_counter()
        await asyncio.to_thread(self._advance, order, to)
        return [
            None if seen is None else (seen[0] - started, seen[1] - started)
            for seen in await asyncio.gather(*looking)
        ]

    def _ahead(self, order: Order) -> tuple[str, OrderStatus]:
        """Return where an order's state is asked for, and its next step."""
        try:
            with context.inside(self.market.shop):
                order.refresh_from_db(fields=["status"])
                path = reverse("tracking:state", args=[order.public_reference])
                return path, life.next_of(order.status) or OrderStatus.COLLECTED
        finally:
            connection.close()

    def _advance(self, order: Order, to: OrderStatus) -> None:
        try:
            with context.inside(self.market.shop):
                actor = life.Actor(user=None, name="Bea")
                life.advance(order_id=order.pk, to=to, actor=actor, now=clock.now())
        finally:
            connection.close()

    async def _see(
        self, page: ClientConnection, path: str, to: OrderStatus
    ) -> tuple[float, float] | None:
        """Return when the word came and when the new state was there."""
        wanted = f'class="order-state__value">{escape(progress.HEADLINES[to])}</p>'
        try:
            async with asyncio.timeout(PATIENCE):
                await page.recv()
                heard_at = time.perf_counter()
                while wanted not in await self._fetched(path):
                    await page.recv()
                return heard_at, time.perf_counter()
        except (TimeoutError, ConnectionClosed):
            return None

    async def _fetched(self, path: str) -> str:
        """Ask for a page or a state, the latter as the page's script does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.programs.port)
        host = f"{self.market.host}:{self.programs.port}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{HEADERS}\r\n".encode())
        answer = await reader.read(-1)
        writer.close()
        return answer.decode(errors="replace")


def _judged(watch: Watch) -> Iterator[Verdict]:
    there = f"{watch.count} sockets"
    yield told(f"pages that one change tells, {there}", watch.told, "pages")
    if watch.shown:
        heard, shown = _p95(watch.heard), _p95(watch.shown)
        yield told(f"change to word on the socket, p95, {there}", heard, "ms")
        yield at_most(f"change to page, p95, {there}", shown, "ms", MOST)
    yield exactly(f"pages not told, {there}", watch.missed, "", 0)
    fewest, name = min(watch.still_open), "pages open after every change"
    yield exactly(f"{name}, of {watch.count}", fewest, "pages", watch.count)
    if watch.memory is not None:
        each = watch.memory / watch.count / 1024
        yield told(f"memory of each of {there}", each, "kB")


async def _close(pages: Iterable[ClientConnection]) -> None:
    await asyncio.gather(*(page.close() for page in pages))


def _p95(delays: list[float]) -> float:
    return statistics.quantiles(delays, n=20)[-1] * 1000


def _orders(market: ground.Ground, count: int) -> list[Order]:
    with context.inside(market.shop):
        product = selling.a_product(stock=10_000)
        return [
            selling.an_order((product, 1), now=clock.now(), key=uuid.uuid4())
            for _number in range(count)
        ]


def _resident(programs: network.Network) -> int:
    process = psutil.Process(programs.processes["realtime"].pid)
    return sum(each.memory_full_info().uss for each in machine.family(process.pid))
