"""PostgreSQL dies, and the line to it fails, while people read and buy."""

import time
from collections.abc import Callable, Iterator

from chaos import recovering, settling
from chaos.ground import Ground
from chaos.proxy import Proxy
from chaos.settling import Size, Spell
from support import verdicts
from support.verdicts import Verdict

from quickcart.services import processes


def restarts(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Kill PostgreSQL in the middle of orders: all of it, and its head alone."""
    name, kept = "PostgreSQL killed", []
    spells: list[Spell] = []
    away: list[float] = []
    with (
        settling.reading(ground) as readers,
        settling.buying(ground, presses=20) as traffic,
    ):
        for number in range(size.times):
            time.sleep(size.calm)
            killed = time.monotonic()
            if number % 2:
                processes.send([ground.postgres.pid() or 0][:1], 9)
            else:
                ground.kill_postgres()
            ground.start_postgres()
            away.append(time.monotonic() - killed)
            kept.append(recovering.pages(readers, after=killed))
            pause = recovering.orders(traffic, after=killed)
            spells.append(Spell(killed, killed + pause))
        time.sleep(size.calm)
    worst = max(spell.ended - spell.began for spell in spells)
    yield verdicts.told(f"{name}, worst: the server itself away", max(away), "s")
    yield from _served_again(f"{name}, worst", max(kept), worst)
    yield from settling.asked_for_patience(name, readers, traffic, spells=spells)
    least = settling.orders_in(size.calm * (size.times + 1))
    yield from settling.settled(ground, traffic, name, least=least)


def line(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Slow the line down, break it off, have it carry nothing; heal it each time."""
    name, proxy = "the line to PostgreSQL", ground.proxies["database"]
    faults: list[tuple[str, Callable[[], None], float]] = [
        ("slow", lambda: proxy.slow_down(settling.LATENCY), size.outage),
        ("broken off", proxy.reset, size.outage / 4),
        ("silent", proxy.black_hole, size.outage),
    ]
    spells, verdicts_of_each = [], []
    with (
        settling.reading(ground) as readers,
        settling.buying(ground, presses=40) as traffic,
    ):
        for what, begin, seconds in faults:
            time.sleep(size.calm)
            began, healed = _during(proxy, begin, seconds)
            kept = recovering.pages(readers, after=healed)
            pause = recovering.orders(traffic, after=healed)
            spells.append(Spell(began, healed + pause))
            verdicts_of_each += _served_again(f"{name} was {what}", kept, pause)
        time.sleep(size.calm)
    yield from verdicts_of_each
    yield from settling.asked_for_patience(name, readers, traffic, spells=spells)
    # What is asked for while nothing is carried is answered later, not counted out.
    pages = len(readers.seen) - len(readers.failed)
    yield verdicts.at_least(f"{name}: pages", pages, "pages", 5 * size.calm)
    least = settling.orders_in(size.calm * (len(faults) + 1))
    yield from settling.settled(ground, traffic, name, least=least)


def _during(
    proxy: Proxy, begin: Callable[[], None], seconds: float
) -> tuple[float, float]:
    """Have the line fail for a while; return when that began and when it was healed."""
    began = time.monotonic()
    begin()
    try:
        time.sleep(seconds)
    finally:
        proxy.heal()
    return began, time.monotonic()


def _served_again(name: str, kept: float, ordering: float) -> Iterator[Verdict]:
    """Judge by orders: a page may be one that is kept, and need no database."""
    yield verdicts.told(f"{name}: a page again", kept, "s")
    limit = settling.AGAIN
    yield verdicts.at_most(f"{name}: ordering again", ordering, "s", limit)


CHECKS = [
    settling.check(
        "PostgreSQL killed",
        restarts,
        full=Size(times=5, calm=6),
        small=Size(times=2, calm=2),
    ),
    settling.check(
        "the line to PostgreSQL",
        line,
        full=Size(calm=6, outage=20),
        small=Size(calm=1, outage=4),
        proxies={"database": Proxy},
    ),
]
