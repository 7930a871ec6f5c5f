"""What is around the programs: a disk that is full, a clock that jumps."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from chaos import customers, recovering
from chaos.customers import Customer, Outcome
from chaos.ground import Ground
from chaos.load import wait_until
from chaos.rolling import NONE, launched
from chaos.settling import (
    DESKS,
    Size,
    Spell,
    asked_for_patience,
    buying,
    orders_in,
    reading,
    settled,
)
from django.db import OperationalError
from psycopg2.errors import DiskFull
from support import verdicts
from support.database import ROOT
from support.verdicts import Check, Verdict

HOUR = 3600
MEGABYTE = 1024 * 1024

# The disk


class Disk:
    """A file system in memory that is full when it is told to be."""

    #: Of which only what is written takes memory.
    ROOM = 4096 * MEGABYTE

    def __init__(self, place: Path) -> None:
        self.place = place

    def mount(self) -> None:
        """Mount it.

        Raises:
            PermissionError: this process may not.
        """
        options = f"size={self.ROOM},mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PermissionError(done.stderr.strip())

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.place)], check=False)

    def fill(self) -> None:
        """Leave no room for another block."""
        wait_until(self._shrink, seconds=10, what="a full disk")

    def _shrink(self) -> bool:
        facts = os.statvfs(self.place)
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
        return self._resize(used)

    def free(self) -> None:
        self._resize(self.ROOM)

    def _resize(self, size: int) -> bool:
        options = f"remount,size={size}"
        command = ["mount", "-o", options, str(self.place)]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode == 0


@contextlib.contextmanager
def data_on_a_small_disk() -> Iterator[Disk]:
    """Have grounds made within keep their data on a disk of their own.

    Raises:
        PermissionError: nothing may be mounted here.
    """
    place, before = Path(tempfile.mkdtemp(prefix="quickcart-disk-")), tempfile.tempdir
    disk = Disk(place)
    try:
        disk.mount()
        tempfile.tempdir = str(place)
        yield disk
    finally:
        tempfile.tempdir = before
        disk.unmount()
        place.rmdir()


def disk_full(*, small: bool) -> Iterator[Verdict]:
    """Let people order while nothing can be written, then free some space."""
    size = Size(calm=1, outage=4) if small else Size(calm=5, outage=20)
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(data_on_a_small_disk())
        except PermissionError as no:
            print(f"  a disk of one's own needs root: {no}", file=sys.stderr)
            yield verdicts.exactly("disk full: could be tried", 0, "disks", 1)
            return
        ground = stack.enter_context(Ground(only=NONE))
        # What ends meanwhile is started again by whoever watches it.
        stack.enter_context(launched(ground))
        yield from _tried_on(ground, disk, size)


def _tried_on(ground: Ground, disk: Disk, size: Size) -> Iterator[Verdict]:
    with reading(ground) as readers, buying(ground, presses=3) as traffic:
        time.sleep(size.calm)
        disk.fill()
        filled = time.monotonic()
        full = _is_full(ground)
        time.sleep(size.outage)
        # The pages of a table have room in them for a few more orders.
        with contextlib.suppress(AssertionError):
            wait_until(lambda: bool(traffic.broken), seconds=60, what="a refusal")
        refused = len(traffic.broken)
        freed = time.monotonic()
        disk.free()
        # The launcher watches programs; servers that were named to it are others'.
        ground.start_postgres()
        ground.start_valkey()
        recovered = recovering.orders(traffic, after=freed)
        time.sleep(size.calm)
    yield verdicts.exactly("disk full: the database has no room", full, "errors", 1)
    yield verdicts.at_least("disk full: orders refused", refused, "orders", 1)
    yield verdicts.at_most("disk full: orders again after it", recovered, "s", 20)
    spell = Spell(filled, freed + recovered)
    yield from asked_for_patience("disk full", readers, traffic, spells=[spell])
    least = orders_in(2 * size.calm)
    yield from settled(ground, traffic, "disk full", least=least, cuts=1)


def _is_full(ground: Ground) -> bool:
    """Say whether the database refuses a new table for want of room.

    Its log lies on that disk too, and may not be able to say so.
    """
    try:
        ground.execute("CREATE TABLE one_more AS SELECT 1")
    except OperationalError as error:
        return isinstance(error.__cause__, DiskFull)
    return False


# The clock


class Clock:
    """The clock of a ground's programs (`shifted.py`)."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "seconds"
        self.put(0)

    def put(self, seconds: int) -> None:
        """Let it differ from ours by so much; nobody reads half a number."""
        draft = self._said.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.rename(self._said)

    @property
    def told(self) -> dict[str, str]:
        """Return the environment of programs that go by it."""
        places = (str(ROOT / path) for path in ("", "platform", "tests"))
        return {
            "DJANGO_SETTINGS_MODULE": "chaos.shifted",
            "CHAOS_CLOCK": str(self._said),
            "PYTHONPATH": os.pathsep.join(places),
        }


def clock_jumps(*, small: bool) -> Iterator[Verdict]:
    """Put the programs' clock forward by an hour in the middle of orders, and back."""
    size = Size(calm=2) if small else Size(calm=15)
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(Path(folder))
        with Ground(told=clock.told) as ground:
            yield from _jumped(ground, clock, size)
            yield from _jumped_back(ground, clock, size)


def _jumped(ground: Ground, clock: Clock, size: Size) -> Iterator[Verdict]:
    last_one = ground.a_product(stock=1)
    name = "clock jumped an hour"

    async def dawdle(http: httpx.AsyncClient) -> tuple[Outcome, Outcome]:
        slow, quick = (Customer(http, ground, "alder") for _who in range(2))
        await slow.take(last_one)
        filled = await slow.fill_in()
        await asyncio.to_thread(clock.put, HOUR)
        bought = await quick.buy(last_one)
        return bought, await slow.place(filled)

    with buying(ground, presses=3) as traffic:
        time.sleep(size.calm)
        bought, late = customers.run(ground, dawdle)
        time.sleep(size.calm)
    yield verdicts.exactly(
        f"{name}: what was held is another's", bought.is_ordered, "orders", 1
    )
    yield verdicts.exactly(
        f"{name}: who dawdled is told so", late.is_refused, "pages", 1
    )
    broken = len(traffic.broken)
    yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
    # An hour later every lease is over, of what is on its way too.
    least = orders_in(2 * size.calm)
    yield from settled(ground, traffic, name, least=least, cuts=DESKS)


def _jumped_back(ground: Ground, clock: Clock, size: Size) -> Iterator[Verdict]:
    """Put the clock right again, between two orders: what waits then waits the hour."""
    name, product = "clock jumped back", ground.goods()[0]

    async def stay(http: httpx.AsyncClient) -> Outcome:
        customer = Customer(http, ground, "alder")
        await customer.take(product)
        filled = await customer.fill_in()
        await asyncio.to_thread(clock.put, 0)
        return await customer.place(filled)

    stayed = customers.run(ground, stay)
    # A time that was to be had an hour later may be too far off now.
    is_answered = stayed.is_ordered or stayed.is_refused
    yield verdicts.exactly(f"{name}: who stayed is answered", is_answered, "pages", 1)
    with buying(ground) as traffic:
        time.sleep(size.calm)
    broken = len(traffic.broken)
    yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
    yield from settled(ground, traffic, name, least=orders_in(size.calm))


CHECKS = [Check("disk full", disk_full), Check("clock jumps", clock_jumps)]
