"""The mail server is away for ten minutes while people order; others try other things."""

import atexit
import contextlib
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime

from chaos import settling
from chaos.customers import most_within
from chaos.ground import Ground
from chaos.load import wait_until
from chaos.proxy import Proxy
from chaos.settling import Size
from django.db.models import Q
from support import verdicts
from support.verdicts import Check, Verdict

from kernel import clock
from notifications.models import Message

#: Seconds after which the sweep has found what is due at the latest: at full size part
#: of the promise, at reduced size more than all of it.
A_SWEEP = 15.0
#: A minute of back-off in a second; what a dead connection held is soon anybody's.
HURRIED = {"OUTBOX_FIRST_DELAY": "0.5", "OUTBOX_LEASE": "10"}

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
        self.promise = size.outage * 1.5 + (0 if size.is_judged else A_SWEEP)
        self.began_at = self.ended_at = clock.now()
        self._stack = contextlib.ExitStack()
        self._over = threading.Timer(size.outage, self._end)
        self._over.daemon = True

    def begin(self) -> Iterator[Verdict]:
        """Cut the server off, and let people order."""
        proxy, size = self.ground.proxies["mail"], self.size
        with settling.buying(self.ground, limit=size.people) as self.calm:
            self.calm.wait_for(size.people)
        proxy.cut()
        self.began_at = clock.now()
        self.traffic = self._stack.enter_context(settling.buying(self.ground))
        self.traffic.wait_for(size.people)
        # As many again, all through the outage.
        self.traffic.pause = self.traffic.at_once * size.outage / size.people
        self._over.start()
        # Nothing else is tried yet: the machine is theirs, as it was before.
        what, at_first = f"{self.name}: order at first, p95", self.traffic.ordered
        yield settling.as_usual(size, what, at_first, self.calm.ordered)

    def _end(self) -> None:
        """Let the server be back; who has begun to order may finish."""
        self.ground.proxies["mail"].heal()
        self.ended_at = clock.now()
        self._stack.close()

    def end(self) -> Iterator[Verdict]:
        """Wait until it is over; judge the orders, and when what they held up left."""
        self._over.join()
        name, size, traffic = self.name, self.size, self.traffic
        broken, orders = len(traffic.broken), traffic.ordered
        yield verdicts.exactly(f"{name}: orders broken", broken, "orders", 0)
        what = f"{name}: order, p95"
        yield settling.as_usual(size, what, orders, self.calm.ordered)
        yield from self._left()
        # Half of those who were to come all through the outage.
        least = int(1.5 * size.people)
        yield from settling.settled(self.ground, traffic, name, least=least)

    def _left(self) -> Iterator[Verdict]:
        """Judge that all was sent in time, and not all at once."""
        patience = self.promise - (clock.now() - self.ended_at).total_seconds()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.ground.due(), seconds=patience, what="mails")
        late, least = self._late(), self.size.people
        yield verdicts.at_least(f"{self.name}: held up", len(late), "mails", least)
        what = f"{self.name}: last mail after it"
        yield verdicts.at_most(what, max(late), "s", self.promise)
        for window, limit in SPREAD:
            share = most_within(window, late)
            name = f"{self.name}: most mails within any {window} s"
            if self.size.is_judged:
                yield verdicts.at_most(name, share, "of all", limit)
            else:  # the sweep's ten seconds are all the time there is
                yield verdicts.told(name, share, "of all")

    def _late(self) -> list[float]:
        """Return how long after the outage each letter left that it had held up."""
        with self.ground.inside("alder"):
            held = Message.objects.filter(
                Q(attempts__gt=1) | Q(done_at=None),
                kind="order_mail",
                created_at__gte=self.began_at,
            )
            moments = list(held.values_list("done_at", flat=True))
        return lateness(moments, after=self.ended_at, now=clock.now())


def lateness(
    moments: Iterable[datetime | None], *, after: datetime, now: datetime
) -> list[float]:
    """Return how many seconds after a moment each letter left; so far, if it has not."""
    return [max(0.0, ((left or now) - after).total_seconds()) for left in moments]


def away(ground: Ground, size: Size) -> Iterator[Verdict]:
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
                yield from away(ground, self.SMALL)
            return
        if self._outage is None:
            yield from self.begin(small=small)
        with self._stack:
            assert self._outage is not None
            yield from self._outage.end()


meanwhile = Meanwhile()

BEGIN = Check("mail server down ten minutes: they begin", meanwhile.begin)
END = Check("mail server down ten minutes: they are over", meanwhile.end)
