"""The mail server is away for ten minutes while people order; others try other things."""

import atexit
import contextlib
import threading
import time
from collections.abc import Iterator

from chaos import settling
from chaos.customers import most_within
from chaos.ground import Ground
from chaos.load import wait_until
from chaos.proxy import Proxy
from chaos.settling import Size
from support import verdicts
from support.verdicts import Check, Verdict

from kernel import clock
from notifications.models import Message

#: Seconds after which the sweep has found what is due at the latest.
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
        self.promise = size.outage * 1.5
        self.began_at, self.ended_at = clock.now(), time.time()
        self._stack = contextlib.ExitStack()

    def begin(self) -> Iterator[Verdict]:
        """Cut the server off, and let people order."""
        proxy, size = self.ground.proxies["mail"], self.size
        with settling.buying(self.ground, limit=size.people) as calm:
            calm.wait_for(size.people)
        proxy.cut()
        self.ended_at = time.time() + size.outage
        self.began_at = clock.now()
        threading.Timer(size.outage, proxy.heal).start()
        self.traffic = self._stack.enter_context(settling.buying(self.ground))
        self.traffic.wait_for(size.people)
        # As many again, all through the outage.
        self.traffic.pause = self.traffic.at_once * size.outage / size.people
        yield settling.as_usual(size, f"{self.name}: order, p95", self.traffic, calm)

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
        yield from settling.settled(self.ground, self.traffic, self.name, least=least)

    def _late(self) -> list[float]:
        """Return how long after the outage each letter left that it had held up."""
        with self.ground.inside("alder"):
            letters = Message.objects.filter(kind="order_mail", attempts__gt=1)
            left = letters.filter(created_at__gte=self.began_at, done_at__isnull=False)
            return [
                max(0.0, moment.timestamp() - self.ended_at)
                for moment in left.values_list("done_at", flat=True)
            ]


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
