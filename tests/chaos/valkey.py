"""Valkey forgets, stops or falls silent: it holds nothing that must not be lost."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from chaos import settling, watchers
from chaos.customers import Traffic, percentile
from chaos.ground import Ground
from chaos.load import seconds_of, wait_until
from chaos.proxy import Proxy
from chaos.settling import Size
from chaos.watchers import Watcher, Watching
from django.db.models import Q
from support import verdicts
from support.verdicts import Verdict

from notifications.models import Message
from storefront.oscar_apps.order.models import OrderStatus

#: A shop in which nothing else happens, so that nothing else wakes its relay.
QUIET = "birch"
#: Seconds within which a letter has left, or an open page has been told.
SOON = 60.0
#: Seconds after which the worker's question for work, asked before it was held, is over.
AN_ASKING = 2.0


def flushes(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Have Valkey forget everything in the middle of orders."""
    with settling.buying(ground) as traffic:
        for _time in range(size.times):
            time.sleep(size.calm)
            ground.flush_valkey()
        time.sleep(size.calm)
    name, least = "Valkey flushed", settling.orders_in(size.calm * (size.times + 1))
    broken = len(traffic.broken)
    yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
    yield from settling.settled(ground, traffic, name, least=least)
    delays = delivery_delays(ground)
    yield verdicts.at_most(f"{name}: slowest delivery", max(delays), "s", SOON)
    yield verdicts.told(f"{name}: delivery, p95", percentile(delays, 0.95), "s")
    yield from _wake_up_lost(ground, f"{name} with a wake-up in it")


def _wake_up_lost(ground: Ground, name: str) -> Iterator[Verdict]:
    """Have Valkey forget that a letter is due, in a shop that no other order wakes."""
    goods = ground.goods(QUIET)
    with ground.holding(ground.programs.pids("worker")):
        time.sleep(AN_ASKING)
        with Traffic(ground, goods, subdomain=QUIET, at_once=1, limit=1) as traffic:
            traffic.wait_for(1)
        forgotten = ground.wake_ups(QUIET)
        ground.flush_valkey()
    released = time.monotonic()
    yield verdicts.at_least(f"{name}: wake-ups lost", forgotten, "wake-ups", 1)
    number = ground.orders(QUIET)[traffic.ordered[0].reference]
    wait_until(lambda: number in ground.confirmations(), seconds=120, what="the letter")
    took = ground.confirmations()[number][0] - released
    yield verdicts.at_most(f"{name}: the letter", took, "s", SOON)


def delivery_delays(ground: Ground) -> list[float]:
    """Return how long each letter of a shop took to leave."""
    with ground.inside("alder"):
        letters = Message.objects.filter(kind="order_mail", done_at__isnull=False)
        return [
            (done - posted).total_seconds()
            for posted, done in letters.values_list("created_at", "done_at")
        ]


def away(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Stop Valkey, then have it fall silent; reading and ordering go on."""
    faults: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("stopped", ground.stop_valkey, ground.start_valkey)
    ]
    if proxy := ground.proxies.get("valkey"):
        faults += [
            ("silent", proxy.black_hole, proxy.heal),
            ("cut off", proxy.reset, proxy.heal),
            ("slow", lambda: proxy.slow_down(settling.LATENCY), proxy.heal),
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
    with settling.reading(ground) as readers, settling.buying(ground) as traffic:
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
    yield verdicts.exactly(f"{name}: pages failed", len(readers.failed), "pages", 0)
    yield verdicts.exactly(f"{name}: orders broken", len(traffic.broken), "orders", 0)
    least = settling.orders_in(size.outage)
    yield verdicts.at_least(f"{name}: orders meanwhile", len(orders), "orders", least)
    pages = seconds_of(readers.since(began, ended))
    least = settling.A_SECOND * size.outage / 2
    yield verdicts.at_least(f"{name}: pages meanwhile", len(pages), "pages", least)
    yield verdicts.told(
        f"{name}: page, p95",
        percentile(pages, 0.95),
        "s",
        baseline=percentile(seconds_of(readers.since(0, began)), 0.95),
    )
    slowest = percentile([one.seconds for one in orders], 0.95)
    yield verdicts.told(f"{name}: order, p95", slowest, "s")
    least = settling.orders_in(2 * size.calm + size.outage)
    yield from settling.settled(ground, traffic, name, least=least)


# Open pages


def open_pages(
    ground: Ground, size: Size, *, what: str = "silent"
) -> Iterator[Verdict]:
    """Break Valkey off while pages are open whose orders change, and nothing after."""
    name, proxy = f"open pages, Valkey {what}", ground.proxies["valkey"]
    begin, end = {
        "silent": (proxy.black_hole, proxy.heal),
        "stopped": (ground.stop_valkey, ground.start_valkey),
        "cut off": (proxy.reset, proxy.heal),
    }[what]
    # Nothing is left of what a worker had begun that lost its broker.
    ground.programs.stop("worker")
    ground.flush_valkey()
    ground.programs.start("worker")
    with Watching(ground, size.people, QUIET) as watching:
        watching.wait_until_watching()
        wait_until(lambda: _is_idle(ground), seconds=60, what="nothing to do")
        early, late = watching.watchers[::2], watching.watchers[1::2]
        _main, *labourers = ground.programs.pids("worker")
        with ground.holding(labourers):
            changes = [one.change(OrderStatus.ACCEPTED) for one in early]
            # They have been told to see to it, and will find the line dead.
            wait_until(
                lambda: not ground.wake_ups(QUIET), seconds=20, what="the worker"
            )
            begin()
        try:
            time.sleep(size.outage / 2)
            changes += [one.change(OrderStatus.ACCEPTED) for one in late]
            time.sleep(size.outage / 2)
        finally:
            end()
        ended = time.monotonic()
        missed = watchers.unseen(changes, patience=SOON)
        took = time.monotonic() - ended
    lost = _lost_words(ground, early)
    yield verdicts.at_least(f"{name}: words lost", lost, "words", 1)
    yield verdicts.exactly(f"{name}: without news", missed, "pages", 0)
    yield verdicts.told(f"{name}: the last has heard after", took, "s")
    failed, outdated = len(watching.failed), watching.outdated
    yield verdicts.exactly(f"{name}: states failed", failed, "answers", 0)
    yield verdicts.exactly(f"{name}: out of date", outdated, "pages", 0)


def _is_idle(ground: Ground) -> bool:
    return not ground.due(QUIET) and not ground.has_tasks()


def _lost_words(ground: Ground, early: Sequence[Watcher]) -> int:
    """Count the words to open orders that could not be said at first."""
    with ground.inside(QUIET):
        words = Message.objects.filter(kind="live")
        unsaid = words.filter(Q(attempts__gt=1) | ~Q(last_error=""))
        said_to = list(unsaid.values_list("payload__group", flat=True))
    return sum(f"order.{one.reference}" in said_to for one in early)


CHECKS = [
    settling.check(
        "Valkey flushed",
        flushes,
        full=Size(times=5, calm=8),
        small=Size(times=2, calm=1),
    ),
    settling.check(
        "Valkey away",
        away,
        full=Size(calm=6, outage=20),
        small=Size(calm=2, outage=3),
        proxies={"valkey": Proxy},
    ),
    *(
        settling.check(
            f"open pages, Valkey {what}",
            partial(open_pages, what=what),
            full=Size(outage=8, people=4),
            small=Size(outage=4, people=3),
            proxies={"valkey": Proxy},
        )
        for what in ("silent", "stopped", "cut off")
    ),
]
