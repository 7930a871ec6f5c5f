"""A QuickCart of one's own, servers included, to be broken and looked at.

PostgreSQL and Valkey are the product's embedded ones, in a folder of their own, so
that they can be killed, stopped and started again; its programs are those that the
launcher runs. Whatever stands between a program and a server may be a proxy.
"""

import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import redis
from chaos import clusters
from chaos.books import GOODS, SHOPS, Books
from factories import goods
from support import network
from support.smtp import SmtpServer

from pickup.models import PickupSettings
from quickcart import services
from quickcart.services import processes
from quickcart.services.postgres import Postgres
from quickcart.services.valkey import Valkey

#: Goods in each shop, and so many of each: nobody runs out who is not meant to.
KINDS, PLENTY = 20, 1_000_000

#: The end of a traceback.
ENDS = re.compile(
    r' +File "(?P<place>[^"]+", line \d+).*\n(?:    .*\n)*(?P<error>\w.*)'
)
#: What one address may do is limited, and a proxy in front tells whose it is.
AS_IN_PRODUCTION = {"QUICKCART_LIMITS": "1", "QUICKCART_PROXIES": "1"}


class Proxy(Protocol):
    """What stands between a program and a server."""

    #: Host and port on which it listens.
    address: tuple[str, int]

    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...


ProxyMaker = Callable[[str, int], Proxy]


_standing: list["Ground"] = []


@contextmanager
def shared(**options: Any) -> Iterator["Ground"]:
    """Keep a ground for all who borrow one meanwhile."""
    with Ground(**options) as ground:
        _standing.append(ground)
        try:
            yield ground
        finally:
            _standing.remove(ground)


@contextmanager
def borrowed(**options: Any) -> Iterator["Ground"]:
    """Lend the ground that is kept, or make one of the borrower's own.

    Whoever borrows it leaves every program and server running.
    """
    if _standing:
        yield _standing[-1]
        return
    with Ground(**options) as ground:
        yield ground


class Ground(Books):
    """A running network; use it as a context manager.

    Args:
        proxies: by "database", "valkey" and "mail", who makes a proxy to an upstream
            host and port; what is made is then in `proxies` by the same name.
        swaps: words of the programs' command lines, and what stands there instead.
        added: by program, words added to its command line.
        told: more of the programs' environment.
        only: the programs that are started.
    """

    def __init__(
        self,
        *,
        proxies: Mapping[str, ProxyMaker] | None = None,
        swaps: Mapping[str, str] | None = None,
        added: Mapping[str, Sequence[str]] | None = None,
        told: Mapping[str, str] | None = None,
        only: frozenset[str] = network.ALL,
    ) -> None:
        self._makers = proxies or {}
        self._swaps, self._added = swaps or {}, added or {}
        self._told, self._only = dict(told or {}), only
        self._stack = ExitStack()
        self.proxies: dict[str, Any] = {}
        #: The numbers of orders whose letters were judged (`settling.settled`).
        self.settled: set[str] = set()

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
        self._stack.callback(self._tell_errors)
        clusters.copy_to(self.var)
        self.postgres, self.valkey = Postgres(self.var), Valkey(self.var)
        # Counted as a user of the servers: they end with this process at the latest.
        self._stack.callback(services.release, self.var)
        services.use(self.var)
        self._stack.callback(self._end_servers)
        self.mail = self._stack.enter_context(SmtpServer())
        self._fill()
        mail_url = self._through("mail", self.mail.url)
        told = AS_IN_PRODUCTION | {"EMAIL_URL": mail_url} | self._told
        self.programs = self._stack.enter_context(
            network.running(
                var=self.var,
                database_url=self._through("database", self.postgres.url()),
                redis_url=self._through("valkey", self.valkey.url()),
                only=self._only,
                more=told,
                swaps=self._swaps,
                added=self._added,
            )
        )

    def _tell_errors(self) -> None:
        """Say what pages broke on, for whoever asks why; faults break some."""
        ends = Counter(
            f"{end['error'][:200]} ({end['place']})"
            for log in self.var.glob("**/web.log")
            for end in ENDS.finditer(log.read_text(errors="replace"))
        )
        for end, number in ends.most_common(10):
            print(f"  web, {number} times: {end}", file=sys.stderr)

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
        processes.wait(self._is_postgres_dead, 10)

    def _is_postgres_dead(self) -> bool:
        """Kill what is there; say whether nothing was.

        One that was forked while the others were killed lives on, and may wait for ever
        for a lock that a dead one holds.
        """
        pids = self.postgres.pids()
        processes.send(pids, signal.SIGKILL)
        return not pids

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

    @contextmanager
    def holding(self, pids: Sequence[int]) -> Iterator[None]:
        """Have processes stand still for a block."""
        processes.send(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            processes.send(pids, signal.SIGCONT)

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

    def _fill(self) -> None:
        """Put goods on every shop's shelves, and let it be open at any hour."""
        for subdomain in SHOPS:
            with self.inside(subdomain):
                goods.some_goods(
                    *(
                        goods.a_row(f"{GOODS}{number}", stock=PLENTY)
                        for number in range(KINDS)
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
