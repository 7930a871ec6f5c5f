"""The post office: mails a second, and the time from a change to an open page."""

import asyncio
import itertools
import smtplib
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection, transaction
from django.test import override_settings
from factories import selling
from support import network, smtp
from support.verdicts import Check, Verdict, at_most, exactly, told
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.kit import ground, machine
from kernel import clock
from notifications import wakeup
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order, OrderStatus
from tenants import context

MAILS, SMALL_MAILS = 1000, 50
SOCKETS, SMALL_SOCKETS = (1, 100, 1000), (1, 10)
CHANGES, SMALL_CHANGES = 40, 5
PATIENCE = 60


def mails(*, small: bool) -> Iterator[Verdict]:
    """Through outbox, broker and worker, against one process that only sends."""
    count = SMALL_MAILS if small else MAILS
    with ground.market(products=100) as market, smtp.SmtpServer() as server:
        plain = _seconds_of(server, count, lambda: _send_plainly(server, count))
        with _running(market, server, "worker"):
            through = _seconds_of(server, count, lambda: _post(market, count))
    yield exactly("mails that arrived", len(server.received), "mails", 2 * count)
    yield told("mails through outbox and worker", count / through, "1/s")
    yield told(
        "seconds of a mail through the outbox, to plain SMTP",
        *(through / count, "s"),
        baseline=plain / count,
    )


def sockets(*, small: bool) -> Iterator[Verdict]:
    """From the change of an order's state to the pages that show it."""
    with ground.market(products=100) as market, smtp.SmtpServer() as server:
        orders = _orders(market, SMALL_CHANGES if small else CHANGES)
        with _running(market, server, "realtime", "worker") as running:
            empty = _resident(running)
            for count in SMALL_SOCKETS if small else SOCKETS:
                watch = Watch(market, running, orders, count)
                asyncio.run(watch.run())
                p95 = statistics.quantiles(watch.delays, n=20)[-1] * 1000
                words = f"change to page, p95, {count} sockets"
                yield at_most(words, p95, "ms", 500)
                yield exactly(f"pages not told, {count} sockets", watch.missed, "", 0)
                memory = (watch.resident - empty) / count / 1024
                yield told(f"memory of each of {count} sockets", memory, "kB")


@dataclass
class Watch:
    """So many open pages, shared out over the orders, and one change after another."""

    market: ground.Ground
    running: network.Network
    orders: list[Order]
    count: int
    delays: list[float] = field(default_factory=list)
    missed: int = 0
    resident: int = 0

    async def run(self) -> None:
        first, *orders = self.orders
        await self._change(first, [await self._open(first)])  # what is slow but once
        self.delays.clear()
        if self.count < len(orders):
            for order in orders:
                await self._look(order, [await self._open(order)])
            return
        pages: dict[int, list[ClientConnection]] = {order.pk: [] for order in orders}
        for order in itertools.islice(itertools.cycle(orders), self.count):
            pages[order.pk].append(await self._open(order))
        for order in orders:
            await self._look(order, pages[order.pk])

    async def _look(self, order: Order, pages: list[ClientConnection]) -> None:
        self.resident = self.resident or _resident(self.running)
        await self._change(order, pages)
        await asyncio.gather(*(page.close() for page in pages))

    async def _open(self, order: Order) -> ClientConnection:
        here = f"{self.market.host}:{self.running.realtime_port}"
        return await connect(
            f"ws://{here}/ws/orders/{order.public_reference}/",
            host="127.0.0.1",
            origin=f"http://{self.market.host}:{self.running.port}",
        )

    async def _change(self, order: Order, pages: list[ClientConnection]) -> None:
        hearing = [asyncio.create_task(self._hear(page)) for page in pages]
        started = time.perf_counter()
        await asyncio.to_thread(self._advance, order)
        for heard_at in await asyncio.gather(*hearing):
            if heard_at is None:
                self.missed += 1
            else:
                self.delays.append(heard_at - started)

    def _advance(self, order: Order) -> None:
        try:
            with context.inside(self.market.shop):
                state = Order.objects.values_list("status", flat=True).get(pk=order.pk)
                life.advance(
                    order_id=order.pk,
                    to=life.next_of(state) or OrderStatus.COLLECTED,
                    actor=life.Actor(user=None, name="Bea"),
                    now=clock.now(),
                )
        finally:
            connection.close()

    async def _hear(self, page: ClientConnection) -> float | None:
        try:
            await asyncio.wait_for(page.recv(), PATIENCE)
        except TimeoutError:
            return None
        return time.perf_counter()


def _orders(market: ground.Ground, count: int) -> list[Order]:
    with context.inside(market.shop):
        product = selling.a_product(stock=10_000)
        return [
            selling.an_order((product, 1), now=clock.now(), key=uuid.uuid4())
            for _number in range(count)
        ]


@contextmanager
def _running(
    market: ground.Ground, server: smtp.SmtpServer, *names: str
) -> Iterator[network.Network]:
    """Start programs of the market's, and wake them through its own broker."""
    with (
        override_settings(CELERY_BROKER_URL=market.redis_url),
        network.running(
            var=market.var,
            database_url=market.database_url,
            redis_url=market.redis_url,
            only=frozenset(names),
            more={
                **market.environment(),
                "EMAIL_URL": server.url,
                "DJANGO_SETTINGS_MODULE": "benchmarks.mail_settings",
            },
        ) as running,
    ):
        wakeup._producers.cache_clear()
        try:
            yield running
        finally:
            wakeup._producers.cache_clear()


def _resident(running: network.Network) -> int:
    process = psutil.Process(running.processes["realtime"].pid)
    return sum(each.memory_full_info().uss for each in machine.family(process.pid))


def _seconds_of(server: smtp.SmtpServer, count: int, work: Callable[[], None]) -> float:
    """Return the seconds from the start of the work until all mails are there."""
    wanted = len(server.received) + count
    started = time.perf_counter()
    work()
    while len(server.received) < wanted and time.perf_counter() - started < PATIENCE:
        time.sleep(0.005)
    return time.perf_counter() - started


def _mail(number: int) -> EmailMessage:
    mail = EmailMultiAlternatives(
        subject=f"Order {number} is ready",
        body="Come and collect it. " * 40,
        to=[f"customer-{number}@mail.example"],
    )
    mail.attach_alternative("<p>Come and collect it.</p>" * 40, "text/html")
    return mail


def _send_plainly(server: smtp.SmtpServer, count: int) -> None:
    host, port = server.server_address[:2]
    for number in range(count):
        mail = _mail(number)
        with smtplib.SMTP(str(host), int(port)) as there:
            there.sendmail(mail.from_email, mail.to, mail.message().as_bytes())


def _post(market: ground.Ground, count: int) -> None:
    with context.inside(market.shop), transaction.atomic():
        for number in range(count):
            _mail(number).send()


CHECKS = [Check("mails", mails), Check("sockets", sockets)]
