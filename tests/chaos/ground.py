"""A QuickCart of one's own, servers included, to be broken and looked at.

PostgreSQL and Valkey are the product's embedded ones, in a folder of their own, so
that they can be killed, stopped and started again; its programs are those that the
launcher runs. Whatever stands between a program and a server may be a proxy.
"""

import re
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import redis
from chaos import clusters
from django.test import override_settings
from factories import goods
from support import network
from support.smtp import SmtpServer

from kernel import clock
from notifications import wakeup
from notifications.models import Message
from pickup import invariants as seats
from pickup.models import PickupSettings
from quickcart import services
from quickcart.services import processes
from quickcart.services.postgres import Postgres
from quickcart.services.valkey import Valkey
from storefront.commerce import invariants, life
from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context
from tenants.models import Shop

CONFIRMATION = re.compile(r"^Your order (\S+): collect ")
SHOPS = ("alder", "birch", "cedar")
#: Goods in each shop, and so many of each: nobody runs out who is not meant to.
GOODS, PLENTY = 20, 1_000_000


class Proxy(Protocol):
    """What stands between a program and a server."""

    #: Host and port on which it listens.
    address: tuple[str, int]

    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...


ProxyMaker = Callable[[str, int], Proxy]


class Ground:
    """A running network; use it as a context manager.

    Args:
        proxies: by "database", "valkey" and "mail", who makes a proxy to an upstream
            host and port; what is made is then in `proxies` by the same name.
        swaps: words of the programs' command lines, and what stands there instead.
        told: more of the programs' environment.
        only: the programs that are started.
    """

    def __init__(
        self,
        *,
        proxies: Mapping[str, ProxyMaker] | None = None,
        swaps: Mapping[str, str] | None = None,
        told: Mapping[str, str] | None = None,
        only: frozenset[str] = network.ALL,
    ) -> None:
        self._makers, self._swaps = proxies or {}, swaps or {}
        self._told, self._only = dict(told or {}), only
        self._stack = ExitStack()
        self.proxies: dict[str, Any] = {}

    def __enter__(self) -> Self:
        with self._stack:
            self._enter()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *args: object) -> None:
        self._stack.close()

    def _enter(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="quickcart-chaos-"))
        self._stack.callback(shutil.rmtree, self.var, ignore_errors=True)
        clusters.copy_to(self.var)
        self.postgres, self.valkey = Postgres(self.var), Valkey(self.var)
        # Counted as a user of the servers: they end with this process at the latest.
        self._stack.callback(services.release, self.var)
        services.use(self.var)
        self._stack.callback(self._end_servers)
        self.mail = self._stack.enter_context(SmtpServer())
        self._fill()
        told = {"EMAIL_URL": self._through("mail", self.mail.url), **self._told}
        self.programs = self._stack.enter_context(
            network.running(
                var=self.var,
                database_url=self._through("database", self.postgres.url()),
                redis_url=self._through("valkey", self.valkey.url()),
                only=self._only,
                more=told,
                swaps=self._swaps,
            )
        )

    def _end_servers(self) -> None:
        for server in (self.valkey, self.postgres):
            server.stop()

    def _through(self, name: str, url: str) -> str:
        """Return the address as programs are told it: past a proxy, if there is one."""
        if name not in self._makers:
            return url
        parts = urlsplit(url)
        proxy = self._makers[name](parts.hostname or "", parts.port or 0)
        self.proxies[name] = self._stack.enter_context(proxy)
        host, port = self.proxies[name].address
        user_info, at, _place = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user_info}{at}{host}:{port}").geturl()

    # Servers

    def kill_postgres(self) -> None:
        """Kill PostgreSQL, every process of it at once, as a machine losing power."""
        processes.send(self.postgres.pids(), signal.SIGKILL)
        processes.wait(lambda: not self.postgres.pids(), 10)

    def start_postgres(self) -> None:
        """Start PostgreSQL on the port it had; return when it answers."""
        self._again(self.postgres)

    def stop_valkey(self) -> None:
        self.valkey.stop()

    def kill_valkey(self) -> None:
        processes.send(self.valkey.pids(), signal.SIGKILL)
        processes.wait(lambda: not self.valkey.pids(), 10)

    def start_valkey(self) -> None:
        """Start Valkey on the port it had; return when it answers."""
        self._again(self.valkey)

    def flush_valkey(self) -> None:
        """Have Valkey forget everything: cache, queue and groups."""
        with redis.from_url(self.valkey.url()) as server:
            server.flushall()

    def _again(self, server: Postgres | Valkey) -> None:
        port = server.port
        server.ensure()
        assert server.port == port, f"{server.label} came back on another port."

    # Addresses

    @property
    def port(self) -> int:
        """The port of the web program on 127.0.0.1."""
        return self.programs.port

    def host(self, subdomain: str) -> str:
        """Return the Host header of a shop."""
        return f"{subdomain}.localhost:{self.port}"

    def socket_url(self, path: str) -> str:
        """Return a socket's address; send the shop's host and origin with it."""
        return f"ws://127.0.0.1:{self.programs.realtime_port}{path}"

    # Books

    @contextmanager
    def inside(self, subdomain: str) -> Iterator[Shop]:
        """Run a block in this process for a shop of this ground."""
        with self.open_books():
            with context.in_public():
                shop = Shop.objects.get(subdomain=subdomain)
            with context.inside(shop):
                yield shop

    @contextmanager
    def open_books(self) -> Iterator[None]:
        """Have this process use this ground's database and queue for a while."""
        broker = override_settings(CELERY_BROKER_URL=self.valkey.url())
        with clusters.pointed_at(self.postgres.url()), broker:
            wakeup._producers.cache_clear()
            wakeup._paused_until = 0.0
            try:
                yield
            finally:
                wakeup._producers.cache_clear()

    def breaches(self) -> list[str]:
        """Return every rule of the books that some shop breaks; none in sound ones."""
        found = []
        for subdomain in SHOPS:
            with self.inside(subdomain):
                broken = invariants.breaches(seats.RULES)
            found += [f"{subdomain}: {one.rule}: {one.where}" for one in broken]
        return found

    def orders(self, subdomain: str = "alder") -> dict[str, str]:
        """Return a shop's orders: number by public reference."""
        with self.inside(subdomain):
            return dict(Order.objects.values_list("public_reference", "number"))

    def confirmations(self) -> Counter[str]:
        """Count the confirmations that the mail server took, by order number."""
        subjects = (str(mail.parsed["Subject"]) for mail in list(self.mail.received))
        return Counter(
            found[1] for text in subjects if (found := CONFIRMATION.search(text))
        )

    def due(self, subdomain: str = "alder") -> int:
        """Count the messages of a shop that are still to be delivered."""
        with self.inside(subdomain):
            return Message.objects.filter(state=Message.State.DUE).count()

    def advance(
        self, reference: str, to: OrderStatus, subdomain: str = "alder"
    ) -> None:
        """Take an order's next step, as its shopkeeper would; open pages are told."""
        with self.inside(subdomain):
            order = Order.objects.get(public_reference=reference)
            actor = life.Actor(user=None, name="Olive")
            life.advance(order_id=order.pk, to=to, actor=actor, now=clock.now())

    # Goods

    def goods(self, subdomain: str = "alder") -> list[Product]:
        """Return what a shop sells, in the order of its keys."""
        with self.inside(subdomain):
            return list(Product.objects.order_by("pk"))

    def a_product(self, *, stock: int, subdomain: str = "alder") -> Product:
        """Put one more product on a shop's shelves."""
        with self.inside(subdomain):
            return goods.some_goods(goods.a_row("The last ones", stock=stock))[0]

    def restock(self, product: Product, *, by: int, subdomain: str = "alder") -> None:
        """Let so many more of a product arrive."""
        with self.inside(subdomain):
            record = StockRecord.objects.get(product_id=product.pk)
            record.num_in_stock += by
            record.save(update_fields=["num_in_stock"])

    def _fill(self) -> None:
        """Put goods on every shop's shelves, and let it be open at any hour."""
        for subdomain in SHOPS:
            with self.inside(subdomain):
                goods.some_goods(
                    *(
                        goods.a_row(f"Goods {number}", stock=PLENTY)
                        for number in range(GOODS)
                    )
                )
                PickupSettings.objects.update(
                    opening_hours="24/7",
                    pickup_windows="Mo-Su 00:00-24:00",
                    slot_minutes=60,
                    horizon_days=2,
                    capacity=1000,
                    lead_minutes=0,
                    cutoff_minutes=0,
                )
