"""The mail server says nothing, or takes its time: open pages hear of changes as ever.

A letter to a silent server holds a process of the worker for ten seconds. What goes to
open pages, cards and the hub must not wait behind it.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from chaos import settling, watchers
from chaos.customers import Traffic, percentile
from chaos.ground import Ground
from chaos.proxy import Proxy
from chaos.settling import Size
from chaos.watchers import Change, Watcher, Watching
from support import verdicts
from support.verdicts import Verdict

from kernel import clock
from notifications.models import Message
from storefront.oscar_apps.order.models import OrderStatus

#: What is for open pages and cards.
NEWS = ("live", "card_stock")
#: Seconds from a change until who looks at it sees it; at reduced size the machine is
#: shared, but it is no tenth of what a letter may hold up.
PROMPT, NEARLY_PROMPT = 2.0, 5.0
#: Seconds that every piece of data to or from a slow mail server is late. A letter takes
#: six there and back: the lease at reduced size is ten seconds.
SLOW, A_LITTLE_SLOW = 2.0, 0.3
#: Seconds that each of two customers waits before the next one comes.
A_PAUSE = 1.0


def news(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Change orders that are looked at while letters wait for the mail server."""
    proxy, late = ground.proxies["mail"], SLOW if size.is_judged else A_LITTLE_SLOW
    faults: list[tuple[str, Callable[[], None], OrderStatus]] = [
        ("well", proxy.heal, OrderStatus.ACCEPTED),
        ("silent", proxy.black_hole, OrderStatus.PICKING),
        ("slow", lambda: proxy.slow_down(late), OrderStatus.READY),
    ]
    phases: list[Phase] = []
    with Watching(ground, size.people) as watching:
        watching.wait_until_watching()
        for what, begin, step in faults:
            phase = Phase(ground, size, f"mail server {what}")
            begin()
            try:
                phase.pass_by(watching.watchers, step)
            finally:
                proxy.heal()
            yield from phase.judged(*phases[:1])
            phases.append(phase)
        changes = [change for phase in phases for change in phase.changes]
        missed = watchers.unseen(changes, patience=60)
        again = sum(watcher.opened > 1 for watcher in watching.watchers)
    name = "mail server silent, slow"
    yield verdicts.exactly(f"{name}: changes not seen", missed, "changes", 0)
    yield verdicts.exactly(f"{name}: sockets opened again", again, "sockets", 0)
    failed, outdated = len(watching.failed), watching.outdated
    yield verdicts.exactly(f"{name}: states failed", failed, "answers", 0)
    yield verdicts.exactly(f"{name}: open pages out of date", outdated, "pages", 0)
    yield from _settled(ground, name, phases)


def _settled(ground: Ground, name: str, phases: "Sequence[Phase]") -> Iterator[Verdict]:
    """Judge that all letters leave in the end, whenever they were written."""
    everybody = Traffic(ground, ground.goods())
    everybody.outcomes += [one for phase in phases for one in phase.traffic.outcomes]
    least = sum(phase.least for phase in phases)
    yield from settling.settled(
        ground, everybody, name, least=least, cuts=settling.DESKS
    )


class Phase:
    """A while in which people order, and every order that is watched changes once."""

    def __init__(self, ground: Ground, size: Size, name: str) -> None:
        self.ground, self.size, self.name = ground, size, name
        self.least = settling.orders_in(size.outage)
        self.prompt = PROMPT if size.is_judged else NEARLY_PROMPT
        self.traffic = Traffic(ground, ground.goods(), at_once=2, pause=A_PAUSE)
        self.changes: list[Change] = []
        #: How long each message to pages and cards took, or has taken by the end.
        self.taken: list[float] = []
        #: Letters that have not left by the end.
        self.held = 0

    def pass_by(self, watched: Collection[Watcher], step: OrderStatus) -> None:
        """Let it happen; return when it is over, with the fault still there."""
        began = clock.now()
        with self.traffic:
            # Their letters are first in the row.
            self.traffic.wait_for(self.least)
            for watcher in watched:
                time.sleep(self.size.outage / self.size.people)
                self.changes.append(watcher.change(step))
            watchers.unseen(self.changes, patience=self.prompt)
            self._look(since=began)

    def _look(self, *, since: datetime) -> None:
        with self.ground.inside("alder"):
            now, posted = clock.now(), Message.objects.filter(created_at__gte=since)
            rows = posted.filter(kind__in=NEWS).values_list("created_at", "done_at")
            self.taken = [((done or now) - made).total_seconds() for made, done in rows]
            letters = posted.filter(kind="order_mail", state=Message.State.DUE)
            self.held = letters.count()

    def judged(self, usual: "Phase | None" = None) -> Iterator[Verdict]:
        """Judge what was not to wait for letters; beside a usual time, orders too."""
        name, prompt = self.name, self.prompt
        delays = [change.delay for change in self.changes]
        what = f"{name}: until an open page shows a change, p95"
        yield verdicts.at_most(what, percentile(delays, 0.95), "s", prompt)
        what = f"{name}: until pages and cards are told, p95"
        yield verdicts.at_most(what, percentile(self.taken, 0.95), "s", prompt)
        broken = len(self.traffic.broken)
        yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
        if usual:
            what, before = f"{name}: letters held up", usual.traffic.ordered
            yield verdicts.at_least(what, self.held, "mails", self.least)
            what = f"{name}: order, p95"
            yield settling.as_usual(self.size, what, self.traffic.ordered, before)


CHECKS = [
    settling.check(
        "mail server silent, slow",
        news,
        full=Size(outage=20, people=20),
        small=Size(outage=3, people=3, is_judged=False),
        proxies={"mail": Proxy},
    )
]
