"""Programs that are replaced, and programs that are stopped, while people use them."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from chaos import settling
from chaos.customers import percentile
from chaos.ground import Ground
from chaos.load import Background, Readers, wait_until
from chaos.settling import Size
from chaos.watchers import Change, Watcher, Watching
from support import network, verdicts
from support.database import ROOT
from support.verdicts import Verdict

from quickcart.launcher.programs import programs
from quickcart.launcher.state import Process, State
from storefront.oscar_apps.order.models import OrderStatus

#: What an order goes through while people watch it.
STEPS = (OrderStatus.ACCEPTED, OrderStatus.PICKING, OrderStatus.READY)
ERROR = 500
#: Pages a second that people read beside those who buy and watch.
PACE = 10.0
NONE: frozenset[str] = frozenset()


class Shopkeeper(Background):
    """Somebody who takes the next step of every order that is watched.

    With half of them she waits until the page has lost its socket, which it opens again
    when the step has been told to nobody; the others she takes one after the other,
    whatever is being replaced.
    """

    #: Seconds between two orders.
    PACE = 1.0

    def __init__(
        self, ground: Ground, watchers: Sequence[Watcher], to: OrderStatus
    ) -> None:
        super().__init__()
        self.ground, self.to = ground, to
        self.cut_off, self.others = list(watchers[::2]), list(watchers[1::2])
        self.changes: list[Change] = []
        #: How many were told while the page had no socket.
        self.unheard = 0

    def work(self) -> None:
        for watcher in self.cut_off:
            watcher.is_kept_away = True
        next_at = time.monotonic()
        while not self.closed.wait(0.02):
            for watcher in [one for one in self.cut_off if not one.is_open]:
                self._take(watcher, self.cut_off)
                self._tell_nobody(watcher)
            if self.others and time.monotonic() >= next_at:
                self._take(self.others[0], self.others)
                next_at = time.monotonic() + self.PACE
        for left in (self.cut_off, self.others):
            while left:
                left[0].is_kept_away = False
                self._take(left[0], left)

    def _take(self, watcher: Watcher, left: list[Watcher]) -> None:
        left.remove(watcher)
        self.changes.append(watcher.change(self.to))

    def _tell_nobody(self, watcher: Watcher) -> None:
        with suppress(AssertionError):
            wait_until(
                lambda: self.ground.is_told(watcher.reference), seconds=30, what="it"
            )
            self.unheard += not watcher.is_open
        watcher.is_kept_away = False


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
        wait_until(lambda: _is_ready(ground), seconds=90, what="it")
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=60)


def _is_ready(ground: Ground) -> bool:
    run = State(ground.var).read()
    return run is not None and run.is_ready


def rolling_restart(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Replace all programs by `make restart` while people read, buy and watch."""
    name, changes, unheard, others = "rolling restart", [], 0, 0
    home = [settling.HOME, ground.goods()[0].get_absolute_url()]
    with (
        launched(ground),
        Watching(ground, size.people) as watching,
        Readers(ground, home, a_second=PACE) as readers,
        settling.buying(ground) as traffic,
    ):
        watching.wait_until_watching()
        time.sleep(size.calm)
        began = time.monotonic()
        for number in range(size.times):
            with Shopkeeper(ground, watching.watchers, STEPS[number]) as keeper:
                others += _replace_all(ground)
            changes += keeper.changes
            unheard += keeper.unheard
        wait_until(lambda: not ground.due(), seconds=60, what="the outbox")
        # A socket that had closed may take as long to open again.
        time.sleep(size.outage)
        during = [page.seconds for page in readers.since(began)]
    each_time = size.times * len(network.ALL)
    yield verdicts.exactly(f"{name}: replaced", others, "programs", each_time)
    # Half of what was asked for at that pace.
    pages = 0.5 * PACE * (size.calm + size.outage)
    yield verdicts.at_least(f"{name}: pages", len(readers.seen), "pages", pages)
    yield verdicts.exactly(f"{name}: pages failed", len(readers.failed), "pages", 0)
    yield verdicts.exactly(f"{name}: orders failed", len(traffic.broken), "orders", 0)
    yield verdicts.told(f"{name}: page, p95", percentile(during, 0.95), "s")
    least = size.times * len(watching.watchers[::2])
    yield verdicts.exactly(f"{name}: told to nobody", unheard, "changes", least)
    yield from _up_to_date(name, watching, changes, size)
    least = settling.orders_in(size.calm + size.outage)
    yield from settling.settled(ground, traffic, name, least=least)


def _up_to_date(
    name: str, watching: Watching, changes: Sequence[Change], size: Size
) -> Iterator[Verdict]:
    """Judge that pages missed nothing, though there was something to be missed."""
    again = sum(watcher.opened > 1 for watcher in watching.watchers)
    yield verdicts.exactly(f"{name}: sockets open again", again, "sockets", size.people)
    failed = len(watching.failed)
    yield verdicts.exactly(f"{name}: states failed", failed, "answers", 0)
    expected = size.people * size.times
    yield verdicts.exactly(f"{name}: changes", len(changes), "changes", expected)
    missed = sum(not change.is_shown for change in changes)
    yield verdicts.exactly(f"{name}: pages without news", missed, "pages", 0)
    outdated = watching.outdated
    yield verdicts.exactly(f"{name}: open pages out of date", outdated, "pages", 0)


def _replace_all(ground: Ground) -> int:
    """Restart; return how many programs were replaced."""
    before = at_work(ground)
    _restart(ground)

    def found() -> int:
        return replaced(before, at_work(ground))

    with suppress(AssertionError):
        wait_until(lambda: found() == len(before), seconds=90, what="new programs")
    return found()


def replaced(
    before: Mapping[str, set[Process]], now: Mapping[str, set[Process]]
) -> int:
    """Count the programs that others do the work of, and none of before any more."""
    return sum(
        bool(old and now.get(name)) and not any(process.is_alive() for process in old)
        for name, old in before.items()
    )


def _restart(ground: Ground) -> None:
    subprocess.run(
        [sys.executable, "-m", "quickcart.launcher", "restart"],
        env=dict(ground.programs.told),
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def at_work(ground: Ground) -> dict[str, set[Process]]:
    """Return the processes that do each program's work.

    The main process of one that replaces its own workers stays, and does none.
    """
    run = State(ground.var).read()
    found = {name: {process} for name, process in run.programs.items()} if run else {}
    for program in programs(ground.programs.config):
        if program.is_renewable:
            found[program.name] = _workers(ground, program.name)
    return {
        name: {process for process in processes if process.is_alive()}
        for name, processes in found.items()
    }


def _workers(ground: Ground, name: str) -> set[Process]:
    """Return the processes that a server's main one has started, by its log."""
    log = (ground.var / "log" / f"{name}.log").read_text(errors="replace")
    return {
        Process.of(int(line.rpartition(" ")[2]))
        for line in log.splitlines()
        if "Spawning worker" in line
    }


def orderly_end(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Ask each program to end in the middle of work, and start it again."""
    name = "asked to end"
    patience = {one.name: one.patience for one in programs(ground.programs.config)}
    with settling.buying(ground, presses=20) as traffic:
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
    least = settling.orders_in(2 * size.calm)
    yield from settling.settled(ground, traffic, name, least=least)


CHECKS = [
    settling.check(
        "rolling restart",
        rolling_restart,
        full=Size(times=3, calm=5, outage=40, people=50),
        small=Size(times=1, calm=1, outage=6, people=3),
        only=NONE,
    ),
    settling.check(
        "an orderly end", orderly_end, full=Size(calm=5), small=Size(calm=2)
    ),
]
