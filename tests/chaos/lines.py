"""The line to PostgreSQL fails while people read and buy: slow, broken off, silent."""

import time
from collections.abc import Callable, Iterator

from chaos.ground import Ground
from chaos.load import recovery
from chaos.proxy import Proxy
from chaos.settling import (
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
from support.verdicts import Verdict

#: What was being written when the line broke off may be sent once more, by each of the
#: worker's two processes.
CUTS = 2


def line_to_postgres(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Slow the line down, break it off, have it carry nothing; heal it each time."""
    proxy: Proxy = ground.proxies["database"]
    faults: list[tuple[str, Callable[[], None], float]] = [
        ("slow", lambda: proxy.slow_down(LATENCY), size.outage),
        ("broken off", proxy.reset, size.outage / 4),
        ("silent", proxy.black_hole, size.outage),
    ]
    name, spells, again = "the line to PostgreSQL", [], {}
    with reading(ground) as readers, buying(ground, presses=40) as traffic:
        for what, begin, seconds in faults:
            time.sleep(size.calm)
            began = time.monotonic()
            begin()
            try:
                time.sleep(seconds)
            finally:
                proxy.heal()
            healed = time.monotonic()
            again[what] = recovery(readers, after=healed)
            spells.append(Spell(began, healed + again[what]))
        time.sleep(size.calm)
    for what, seconds in again.items():
        yield verdicts.at_most(f"{name} was {what}: serving again", seconds, "s", AGAIN)
    yield from asked_for_patience(name, readers, traffic, spells=spells)
    # What is asked for while nothing is carried is answered later, not counted out.
    pages = len(readers.seen) - len(readers.broken)
    yield verdicts.at_least(f"{name}: pages", pages, "pages", 5 * size.calm)
    least = orders_in(size.calm * (len(faults) + 1))
    yield from settled(ground, traffic, name, least=least, cuts=CUTS)


CHECKS = [
    check(
        "the line to PostgreSQL",
        line_to_postgres,
        full=Size(calm=6, outage=20),
        small=Size(calm=1, outage=4),
        proxies={"database": Proxy},
    )
]
