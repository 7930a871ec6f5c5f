"""Programs that are replaced, and programs that are stopped, while people use them."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from chaos import customers
from chaos.customers import Customer, Page, percentile
from chaos.ground import Ground
from chaos.load import Background, Readers, wait_until
from chaos.settling import (
    HOME,
    Size,
    buying,
    check,
    orders_in,
    settled,
)
from chaos.watchers import Watcher
from support import verdicts
from support.database import ROOT
from support.verdicts import Verdict

from quickcart.launcher.programs import programs
from storefront.oscar_apps.order.models import OrderStatus

#: What an order goes through while people watch it.
STEPS = (OrderStatus.ACCEPTED, OrderStatus.PICKING, OrderStatus.READY)
ERROR = 500
#: Pages a second that people read beside those who buy and watch.
PACE = 10.0
NONE: frozenset[str] = frozenset()


class Watching(Background):
    """People who order something and keep the order's page open."""

    def __init__(self, ground: Ground, number: int) -> None:
        super().__init__()
        self.ground, self.number = ground, number
        self.goods = ground.goods()
        self.watchers: list[Watcher] = []
        #: Pages that show something else at the end than is so.
        self.outdated = 0

    @property
    def is_watching(self) -> bool:
        return len(self.watchers) == self.number and all(
            watcher.opened for watcher in list(self.watchers)
        )

    def work(self) -> None:
        customers.run(self.ground, self._all)

    async def _all(self, http: httpx.AsyncClient) -> None:
        looking = [asyncio.create_task(self._one(http)) for _one in range(self.number)]
        await asyncio.to_thread(self.closed.wait)
        for watcher in self.watchers:
            shown, is_so = watcher.shown, await self._now(watcher)
            self.outdated += shown != is_so.text
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    async def _one(self, http: httpx.AsyncClient) -> None:
        customer = Customer(http, self.ground, "alder")
        outcome = await customer.buy(self.goods[0], presses=3)
        watcher = Watcher(self.ground, customer, outcome.reference)
        self.watchers.append(watcher)
        await watcher.watch()

    async def _now(self, watcher: Watcher) -> Page:
        return await watcher.wanderer.get(f"/orders/{watcher.reference}/state/")


@contextmanager
def launched(ground: Ground) -> Iterator[None]:
    """Have the product's own launcher run the programs."""
    told: dict[str, Any] = dict(ground.programs.told)
    launcher = [sys.executable, "-m", "quickcart.launcher"]
    with (ground.var / "launcher.log").open("wb") as log:
        running = subprocess.Popen(
            [*launcher, "supervise"], env=told, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _run(ground).get("is_ready", False), seconds=90, what="it")
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=60)


def _run(ground: Ground) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((ground.var / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def rolling_restart(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Replace all programs by `make restart` while people read, buy and watch."""
    name = "rolling restart"
    home = [HOME, ground.goods()[0].get_absolute_url()]
    with (
        launched(ground),
        Watching(ground, size.people) as watching,
        Readers(ground, home, a_second=PACE) as readers,
        buying(ground) as traffic,
    ):
        wait_until(lambda: watching.is_watching, seconds=60, what="open pages")
        time.sleep(size.calm)
        began = time.monotonic()
        for number in range(size.times):
            before = _workers(ground)
            _restart(ground)
            wait_until(
                lambda before=before: not before & _workers(ground),
                seconds=90,
                what="all web processes to be new",
            )
            for watcher in watching.watchers:
                ground.advance(watcher.reference, STEPS[number])
        wait_until(lambda: not ground.due(), seconds=60, what="the outbox")
        # A socket that had closed may take as long to open again.
        time.sleep(size.outage)
        during = [page.seconds for page in readers.since(began)]
    # Half of what was asked for at that pace.
    pages = 0.5 * PACE * (size.calm + size.outage)
    yield verdicts.at_least(f"{name}: pages", len(readers.seen), "pages", pages)
    yield verdicts.exactly(f"{name}: pages failed", len(readers.broken), "pages", 0)
    yield verdicts.exactly(f"{name}: orders failed", len(traffic.broken), "orders", 0)
    yield verdicts.told(f"{name}: page, p95", percentile(during, 0.95), "s")
    again = sum(watcher.opened > 1 for watcher in watching.watchers)
    yield verdicts.exactly(f"{name}: sockets open again", again, "sockets", size.people)
    yield verdicts.exactly(
        f"{name}: open pages out of date", watching.outdated, "pages", 0
    )
    least = orders_in(size.calm + size.outage)
    yield from settled(ground, traffic, name, least=least)


def _restart(ground: Ground) -> None:
    subprocess.run(
        [sys.executable, "-m", "quickcart.launcher", "restart"],
        env=dict(ground.programs.told),
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _workers(ground: Ground) -> set[str]:
    """Return the web processes that were started and not stopped yet."""
    log = (ground.var / "log" / "web.log").read_text(errors="replace")
    alive: set[str] = set()
    for line in log.splitlines():
        if "Spawning worker" in line:
            alive.add(line.rpartition(" ")[2])
    return {pid for pid in alive if _is_alive(pid)}


def _is_alive(pid: str) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(") ")[2][:1] not in "ZX"


def orderly_end(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Ask each program to end in the middle of work, and start it again."""
    name = "asked to end"
    patience = {one.name: one.patience for one in programs(ground.programs.config)}
    with buying(ground, presses=20) as traffic:
        time.sleep(size.calm)
        for program in ("worker", "realtime", "beat", "web"):
            began = time.monotonic()
            ground.programs.stop(program, patience=patience[program] + 10)
            took = time.monotonic() - began
            ground.programs.start(program)
            limit = patience[program]
            yield verdicts.at_most(f"{name}: {program} took", took, "s", limit)
        time.sleep(size.calm)
    wrong = [one for one in traffic.broken if one.status >= ERROR]
    yield verdicts.exactly(f"{name}: answers in error", len(wrong), "pages", 0)
    yield from settled(ground, traffic, name, least=orders_in(2 * size.calm))


CHECKS = [
    check(
        "rolling restart",
        rolling_restart,
        full=Size(times=3, calm=5, outage=40, people=50),
        small=Size(times=1, calm=1, outage=6, people=3),
        only=NONE,
    ),
    check("an orderly end", orderly_end, full=Size(calm=5), small=Size(calm=2)),
]
