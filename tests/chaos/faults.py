"""Services that stop, fill up or go back in time while people read and buy."""

import atexit
import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from chaos import crowding, lines, rolling, surroundings
from chaos.customers import most_within, percentile
from chaos.ground import Ground
from chaos.load import recovery, seconds_of, wait_until
from chaos.proxy import Proxy
from chaos.settling import (
    A_SECOND,
    AGAIN,
    LATENCY,
    Size,
    Spell,
    asked_for_patience,
    buying,
    check,
    orders_in,
    reading,
    settled,
)
from support import verdicts
from support.verdicts import Check, Verdict

from kernel import clock
from notifications.models import Message
from quickcart.services import processes

#: Seconds after which the sweep has found what is due at the latest.
A_SWEEP = 15.0
#: A minute of back-off in a second; what a dead connection held is soon anybody's.
HURRIED = {"OUTBOX_FIRST_DELAY": "0.5", "OUTBOX_LEASE": "10"}

# Valkey


def flushes(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Have Valkey forget everything in the middle of orders."""
    with buying(ground) as traffic:
        for _time in range(size.times):
            time.sleep(size.calm)
            ground.flush_valkey()
        time.sleep(size.calm)
    name, least = "Valkey flushed", orders_in(size.calm * (size.times + 1))
    broken = len(traffic.broken)
    yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
    yield from settled(ground, traffic, name, least=least)
    delays = delivery_delays(ground)
    yield verdicts.at_most(f"{name}: delivery, p95", percentile(delays, 0.95), "s", 60)


def valkey_away(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Stop Valkey, then have it fall silent; reading and ordering go on."""
    faults: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("stopped", ground.stop_valkey, ground.start_valkey)
    ]
    if proxy := ground.proxies.get("valkey"):
        faults += [
            ("silent", proxy.black_hole, proxy.heal),
            ("cut off", proxy.reset, proxy.heal),
            ("slow", lambda: proxy.slow_down(LATENCY), proxy.heal),
        ]
    for what, begin, end in faults:
        yield from _away(ground, size, f"Valkey {what}", begin, end)


def _away(
    ground: Ground,
    size: Size,
    name: str,
    begin: Callable[[], None],
    end: Callable[[], None],
) -> Iterator[Verdict]:
    with reading(ground) as readers, buying(ground) as traffic:
        time.sleep(size.calm)
        began = time.monotonic()
        begin()
        try:
            time.sleep(size.outage)
            orders = [one for one in traffic.ordered if one.at >= began]
            ended = time.monotonic()
        finally:
            end()
        time.sleep(size.calm)
    yield verdicts.exactly(f"{name}: pages broken", len(readers.broken), "pages", 0)
    yield verdicts.exactly(f"{name}: orders broken", len(traffic.broken), "orders", 0)
    least = orders_in(size.outage)
    yield verdicts.at_least(f"{name}: orders meanwhile", len(orders), "orders", least)
    pages, half = seconds_of(readers.since(began, ended)), A_SECOND * size.outage / 2
    yield verdicts.at_least(f"{name}: pages meanwhile", len(pages), "pages", half)
    yield verdicts.told(
        f"{name}: page, p95",
        percentile(pages, 0.95),
        "s",
        baseline=percentile(seconds_of(readers.since(0, began)), 0.95),
    )
    slowest = percentile([one.seconds for one in orders], 0.95)
    yield verdicts.told(f"{name}: order, p95", slowest, "s")
    least = orders_in(2 * size.calm + size.outage)
    yield from settled(ground, traffic, name, least=least)


# PostgreSQL


def postgres_restarts(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Kill PostgreSQL in the middle of orders: all of it, and its head alone."""
    spells: list[Spell] = []
    with reading(ground) as readers, buying(ground, presses=20) as traffic:
        for number in range(size.times):
            time.sleep(size.calm)
            killed = time.monotonic()
            if number % 2:
                processes.send([ground.postgres.pid() or 0][:1], 9)
            else:
                ground.kill_postgres()
            ground.start_postgres()
            pause = recovery(readers, after=killed)
            spells.append(Spell(killed, killed + pause))
        time.sleep(size.calm)
    name = "PostgreSQL killed"
    worst = max(spell.ended - spell.began for spell in spells)
    yield verdicts.at_most(f"{name}: serving again, worst", worst, "s", AGAIN)
    yield from asked_for_patience(name, readers, traffic, spells=spells)
    least = orders_in(size.calm * (size.times + 1))
    yield from settled(ground, traffic, name, least=least, cuts=size.times)


def delivery_delays(ground: Ground) -> list[float]:
    """Return how long each letter of a shop took to leave."""
    with ground.inside("alder"):
        letters = Message.objects.filter(kind="order_mail", done_at__isnull=False)
        return [
            (done - posted).total_seconds()
            for posted, done in letters.values_list("created_at", "done_at")
        ]


# Mail


#: Seconds, and the share of all that was held up that may leave within any of them.
#: A letter that has waited for a minute waits no longer than another, one that has
#: waited for ten up to ten: four in ten leave within a minute by that rule, and more
#: than these once in thousands of times.
SPREAD = ((60, 0.6), (10, 0.35))


class MailOutage:
    """A mail server that is away; in between, nobody needs to look."""

    def __init__(self, ground: Ground, size: Size) -> None:
        self.ground, self.size = ground, size
        self.name = f"mail server down {size.outage:.0f} s"
        #: What fifteen minutes are after an outage of ten.
        self.promise = size.outage * 1.5
        self.began_at, self.ended_at = clock.now(), time.time()
        self._stack = contextlib.ExitStack()

    def begin(self) -> Iterator[Verdict]:
        """Cut the server off, and let people order."""
        proxy, size = self.ground.proxies["mail"], self.size
        with buying(self.ground, limit=size.people) as calm:
            calm.wait_for(size.people)
        proxy.cut()
        self.ended_at = time.time() + size.outage
        self.began_at = clock.now()
        threading.Timer(size.outage, proxy.heal).start()
        self.traffic = self._stack.enter_context(buying(self.ground))
        self.traffic.wait_for(size.people)
        # As many again, all through the outage.
        self.traffic.pause = self.traffic.at_once * size.outage / size.people
        yield verdicts.told(
            f"{self.name}: order, p95",
            percentile([one.seconds for one in self.traffic.ordered], 0.95),
            "s",
            baseline=percentile([one.seconds for one in calm.ordered], 0.95),
        )

    def end(self) -> Iterator[Verdict]:
        """Wait until it is over; judge when what was held up has left."""
        time.sleep(max(0.0, self.ended_at - time.time()))
        self._stack.close()
        broken = len(self.traffic.broken)
        yield verdicts.exactly(f"{self.name}: orders broken", broken, "orders", 0)
        patience = self.promise + A_SWEEP
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.ground.due(), seconds=patience, what="mails")
        late, least = self._late(), self.size.people
        yield verdicts.at_least(f"{self.name}: held up", len(late), "mails", least)
        last = max(late)
        yield verdicts.at_most(f"{self.name}: last mail after it", last, "s", patience)
        for window, limit in SPREAD:
            share = most_within(window, late)
            name = f"{self.name}: most mails within any {window} s"
            if self.size.is_judged:
                yield verdicts.at_most(name, share, "of all", limit)
            else:  # the sweep's ten seconds are all the time there is
                yield verdicts.told(name, share, "of all")
        yield from settled(self.ground, self.traffic, self.name, least=least)

    def _late(self) -> list[float]:
        """Return how long after the outage each letter left that it had held up."""
        with self.ground.inside("alder"):
            letters = Message.objects.filter(kind="order_mail", attempts__gt=1)
            left = letters.filter(created_at__gte=self.began_at, done_at__isnull=False)
            return [
                max(0.0, moment.timestamp() - self.ended_at)
                for moment in left.values_list("done_at", flat=True)
            ]


def mail_away(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Do it all in one go."""
    outage = MailOutage(ground, size)
    yield from outage.begin()
    yield from outage.end()


class Meanwhile:
    """The ten minutes of a mail server that is down, in which others try other things.

    They pass on a ground of their own; at reduced size everything happens at the end.
    """

    FULL = Size(outage=600, people=60)
    SMALL = Size(outage=10, people=4, is_judged=False)

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._outage: MailOutage | None = None

    def begin(self, *, small: bool) -> Iterator[Verdict]:
        if small:
            return
        ground = self._stack.enter_context(Ground(proxies={"mail": Proxy}))
        atexit.register(self._stack.close)
        self._outage = MailOutage(ground, self.FULL)
        yield from self._outage.begin()

    def end(self, *, small: bool) -> Iterator[Verdict]:
        if small:
            with Ground(proxies={"mail": Proxy}, told=HURRIED) as ground:
                yield from mail_away(ground, self.SMALL)
            return
        if self._outage is None:
            yield from self.begin(small=small)
        with self._stack:
            assert self._outage is not None
            yield from self._outage.end()


meanwhile = Meanwhile()

CHECKS = [
    Check("mail server down ten minutes: they begin", meanwhile.begin),
    check(
        "Valkey flushed",
        flushes,
        full=Size(times=5, calm=8),
        small=Size(times=2, calm=1),
    ),
    check(
        "Valkey away",
        valkey_away,
        full=Size(calm=6, outage=20),
        small=Size(calm=2, outage=3),
        proxies={"valkey": Proxy},
    ),
    check(
        "PostgreSQL killed",
        postgres_restarts,
        full=Size(times=5, calm=6),
        small=Size(times=2, calm=2),
    ),
    *lines.CHECKS,
    *surroundings.CHECKS,
    *crowding.CHECKS,
    *rolling.CHECKS,
    Check("mail server down ten minutes: they are over", meanwhile.end),
]
